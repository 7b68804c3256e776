"""The gate: what is withheld and what nobody has said does not pass, whatever surrounds it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.users.leaks import Known, leaks

KNOWN = Known(
    ["I was charged twice.", "My order is LB-50231.", "What is your email, please? The refund comes by 6 March."],
    ["ida@example.test", "27 February", "forgot my password", "Zanzibar88"],
)


@pytest.mark.parametrize(
    "text",
    [
        "I was charged twice.",
        "Yes, please. It's LB-50231.",
        "OK, so by 6 March? I'll wait.",
        "Write to me about the order. Refunds take long, I guess.",
        "WHY DOES THIS TAKE SO LONG",
        "I may be late, and may call again.",
        "Sorry, I don't have that; can you look it up?",
    ],
)
def test_what_may_be_said_passes(text: str) -> None:
    assert leaks(text, KNOWN) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Mail me at ida@example.test.", "ida@example.test"),
        ("mail me at IDA@EXAMPLE.TEST", "ida@example.test"),
        ("It was on 27   February.", "27 February"),
        ("well i FORGOT my password", "forgot my password"),
        ("zanzibar88", "Zanzibar88"),
        ("My order is LB-50232.", "50232"),
        ("It was 1,234.50 euros.", "1,234.50"),
        ("It was on Tuesday.", "Tuesday"),
        ("It was in march 2024.", "2024"),
        ("It was last April.", "April"),
        ("I waited three weeks.", "three"),
        ("I am Bert.", "Bert"),
        ("Bert told me so.", "Bert"),
        ("Bert Meier knows me.", "Meier"),
        ("See https://evil.example/x.", "https://evil.example/x."),
        ("I live in Lisbon, you know.", "Lisbon"),
        ("It is ida at example dot test.", "ida@example.test"),
        ("i d a @ e x a m p l e . t e s t", "ida@example.test"),
        ("\uff49\uff44\uff41@example.test", "ida@example.test"),
        ("Zanzi\u00adbar 88", "Zanzibar88"),
    ],
)
def test_what_may_not_be_said_is_named(text: str, named: str) -> None:
    assert any(named in each for each in leaks(text, KNOWN)), leaks(text, KNOWN)


def test_what_an_agent_has_said_itself_is_no_secret() -> None:
    known = Known([*KNOWN.allowed, "Is it ida@example.test?"], KNOWN.withheld)

    assert leaks("Yes, ida@example.test.", known) == []


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(KNOWN.withheld))
def test_a_withheld_value_never_passes_wherever_it_stands(before: str, after: str, value: str) -> None:
    assert leaks(f"{before} {value} {after}", KNOWN)


@settings(max_examples=150, deadline=None)
@given(st.integers(10, 10**12), st.sampled_from(["It is {}.", "({})", "no. {}!", "{} or so", "A{}B"]))
def test_a_number_that_nobody_has_said_never_passes(number: int, around: str) -> None:
    assert leaks(around.format(number), KNOWN) or str(number) == "50231"
