"""What is made of an agent's message: by rules, so it can be told beforehand, limits included."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.users.understanding import Heard, understood
from tests.harness.talks import person

WHO = person(
    facts={
        "email": "ida@example.test", "full_name": "Ida Moreau", "day": "27 February", "order_number": "LB-50231",
        "favourite": {"value": "the blue one", "asked_by": ["which of them", "preferred model"]},
    },
    unknown=["card number"],
    can={"restart": {"asked_by": ["restart", "turn it off and on"]}},
)  # fmt: skip


def heard(text: str) -> Heard:
    return understood(text, WHO.listening)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("What is your email address?", ("email",)),
        ("Could you give me your full name and e-mail, please?", ("full_name", "email")),
        ("Please provide:\n- your order number\n- your name\n* the date", ("order_number", "full_name", "day")),
        ("When was that?", ("day",)),
        ("I need the order id to go on.", ("order_number",)),
        ("Which of them do you like best?", ("favourite",)),
        ("Please tell me your preferred model.", ("favourite",)),
        ("I have sent you an email.", ()),
        ("Your name is on the list.", ()),
        ("Thank you for your order.", ()),
    ],
)
def test_facts_are_heard_where_a_sentence_asks_and_names_them(text: str, facts: tuple[str, ...]) -> None:
    assert heard(text).facts == facts


def test_values_that_are_read_back_are_confirmed_rather_than_asked_for() -> None:
    said = heard("Is your email ida@example.test?")

    assert (said.right, said.facts) == (("email",), ())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("How can I help you today?", "opens"),
        ("Could you describe what happened?", "opens"),
        ("Is there anything else?", "more"),
        ("Unfortunately I cannot do that.", "refuses"),
        ("I have issued the refund.", "reports"),
        ("What is the airspeed of a swallow?", "unmatched"),
    ],
)
def test_the_gist_of_a_message_is_heard(text: str, what: str) -> None:
    assert getattr(heard(text), what)


@pytest.mark.parametrize(
    "text",
    [
        "Shall I refund the charge?",
        "Would you like me to cancel it?",
        "Do you agree?",
        "Is that OK?",
        "Should we proceed?",
    ],
)
def test_proposals_want_a_yes_or_a_no(text: str) -> None:
    assert heard(text).proposals == (text,)


@pytest.mark.parametrize("text", ["Please restart the device.", "Restart it now.", "Can you turn it off and on?"])
def test_deeds_are_asked_for(text: str) -> None:
    assert heard(text).deeds == ("restart",)


def test_what_an_agent_did_itself_is_no_request() -> None:
    assert heard("I will restart it for you.").deeds == ()
    assert heard("Your device will restart soon.").deeds == ()


def test_unknown_things_are_heard_as_such() -> None:
    said = heard("What is your card number?")

    assert (said.unknown, said.unmatched) == (("card number",), False)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_any_text_at_all_is_understood_somehow_and_always_alike(text: str) -> None:
    assert heard(text) == heard(text)
