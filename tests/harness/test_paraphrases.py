"""How well questions are understood that agents put in words of their own: eighty, and what must not be heard."""

import json
from pathlib import Path
from typing import Final

import pytest

from harness.users.person import Person
from harness.users.understanding import understood
from tests.harness.talks import person

FIRST = person(
    facts={
        "email": "ida@example.test", "full_name": "Ida Moreau", "day": "27 February", "order_number": "LB-50231",
        "amount": "49.90", "phone": "0151 22", "address": "Elm St 3", "card": "4242", "device": "Kestrel 7",
        "reason": "it was torn", "payment_method": "by card",
    },
    unknown=["charge number", "tracking number"],
)  # fmt: skip
SECOND = person(
    facts={
        "email": "ida@example.test", "name": "Ida Moreau", "purchase_date": "27 February", "order_id": "LB-50231",
        "amount": "49.90", "phone_number": "0151 22", "postcode": "D-10999", "username": "ida77",
        "error_message": "E-12", "product": "lamp", "booking_code": "XK3", "quantity": "2",
    },
    unknown=["tracking number", "serial number"],
)  # fmt: skip
ASKED: Final = json.loads((Path(__file__).parent / "data" / "paraphrases.json").read_text())
RATE_MIN = 0.9
"""The share of questions in which exactly what is asked for is heard."""


def exact(who: Person, asked: dict[str, list[str]]) -> list[bool]:
    return [sorted(understood(text, who.listening).facts) == facts for text, facts in asked.items()]


def test_nine_in_ten_questions_are_heard_for_exactly_what_they_ask() -> None:
    right = [*exact(FIRST, ASKED["first"]), *exact(SECOND, ASKED["second"])]

    assert len(right) == 80
    assert sum(right) >= RATE_MIN * len(right)


@pytest.mark.parametrize("text", ASKED["nothing"])
def test_reports_and_offers_ask_for_nothing(text: str) -> None:
    assert understood(text, FIRST.listening).facts == ()
    assert understood(text, SECOND.listening).facts == ()
