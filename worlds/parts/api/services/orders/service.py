"""What orders, shipments and returns move in and out of the stock."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from worlds.parts.api.hooks import Call, Service

service = Service()
Record = Mapping[str, Any]


def counted(lines: Iterable[Record]) -> Counter[str]:
    """How many of each article; an article may stand on several lines."""
    found: Counter[str] = Counter()
    for line in lines:
        found[line["sku"]] += line["quantity"]
    return found


def put(call: Call, sku: str, *, on_hand: int = 0, reserved: int = 0) -> None:
    """Change the figures of an article."""
    old = call.need("stock", sku)
    hand, held = old["on_hand"] + on_hand, old["reserved"] + reserved
    call.change("stock", sku, on_hand=hand, reserved=held, available=hand - held)


@service.before("createOrder")
def need_stock(call: Call) -> None:
    """Refuse orders of more than there is: who comes first gets the last one."""
    for sku, quantity in counted((call.resource or {})["lines"]).items():
        stock = call.get("stock", sku)
        if stock is not None and stock["available"] < quantity:
            message = f"There are only {stock['available']} of {sku}." if stock["available"] else f"{sku} is sold out."
            call.refuse(409, "out-of-stock", message, field="lines")


@service.after("createOrder")
def reserve(call: Call) -> None:
    """Reserve what is ordered, at the price of now."""
    order = call.resource or {}
    lines = [{**line, "price": call.need("stock", line["sku"])["price"]} for line in order["lines"]]
    total = sum(line["price"] * line["quantity"] for line in lines)
    call.change("orders", order["id"], lines=lines, total=total)
    for sku, quantity in counted(lines).items():
        put(call, sku, reserved=quantity)


@service.after("cancelOrder")
def release(call: Call) -> None:
    """What a canceled order reserved is available again."""
    for sku, quantity in counted((call.resource or {})["lines"]).items():
        put(call, sku, reserved=-quantity)


@service.after("createShipment")
def take_out(call: Call) -> None:
    """What is shipped has left the stock."""
    order = call.need("orders", (call.resource or {})["order_id"])
    for sku, quantity in counted(order["lines"]).items():
        put(call, sku, on_hand=-quantity, reserved=-quantity)
    call.change("orders", order["id"], status="shipped")


@service.before("createReturn")
def need_bought(call: Call) -> None:
    """Refuse to take back what was not bought, or was returned before."""
    wanted = call.resource or {}
    order = call.get("orders", wanted["order_id"])
    if order is None:
        return
    left = counted(order["lines"])
    for other in call.where("returns", order_id=order["id"]):
        left -= counted(other["lines"]) if other["status"] != "rejected" else Counter()
    for sku, quantity in counted(wanted["lines"]).items():
        if quantity > left[sku]:
            call.refuse(409, "not-returnable", f"Only {left[sku]} of {sku} can be returned.", field="lines")


@service.after("receiveReturn")
def restock(call: Call) -> None:
    """What comes back is there again, if it can be sold."""
    if (call.body or {}).get("sellable", True):
        for sku, quantity in counted((call.resource or {})["lines"]).items():
            put(call, sku, on_hand=quantity)
