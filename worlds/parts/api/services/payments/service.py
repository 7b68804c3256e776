"""Whether a card can be charged: banks decline expired cards, and those of which the world says so."""

from datetime import UTC, datetime
from typing import Final

from worlds.parts.api.hooks import Call, Service

service = Service()

_REASONS: Final = {
    "card_declined": "The bank declined the card.",
    "expired_card": "The card has expired.",
    "insufficient_funds": "There is not enough money on the card's account.",
    "lost_card": "The card was reported lost.",
}


@service.before("createCharge")
def ask_the_bank(call: Call) -> None:
    """Refuse a charge that the card's bank would not pay."""
    charge = call.resource or {}
    card = call.get("payment_methods", str(charge.get("payment_method")))
    if card is None:
        return
    today = datetime.fromtimestamp(call.now_ns // 1_000_000_000, tz=UTC)
    expired = (card["exp_year"], card["exp_month"]) < (today.year, today.month)
    reason = card.get("declines") or ("expired_card" if expired else "")
    if reason:
        message = _REASONS.get(str(reason), _REASONS["card_declined"])
        call.refuse(402, str(reason), message, field="payment_method", type="card_error")
