"""Calls that were made, or not, before and after others; and how such a check fared after each step."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.check import Check, Evidence
from harness.checks.calls import CallsCheck, CallsKind
from harness.trajectory import Action, Step

NOWHERE: Any = None


def steps(letters: str) -> list[Step]:
    """One call of the tool `it.<letter>` for each letter; capitals failed."""
    return [
        Step(
            step_number=number, actor="agent", observation="", action=Action(server="it", tool=letter.lower()),
            result={}, failed=letter.isupper(), world_state_hash="", world_time="", effect=0, changes=[], real_ms=0,
        )
        for number, letter in enumerate(letters, 1)
    ]  # fmt: skip


def passed(written: dict[str, Any], letters: str) -> bool:
    """Whether a check of calls passes."""
    check = Check("it", "calls", CallsCheck.model_validate(written))
    return check.evaluate(Evidence(NOWHERE, NOWHERE, steps(letters))).verdict == "passed"


@pytest.mark.parametrize(
    ("calls", "letters", "count"),
    [
        ({"tool": "it.a"}, "abaA", 3),
        ({"tool": "it.a", "failed": False}, "abaA", 2),
        ({"tool": "it.*"}, "abaA", 4),
        ({"tool": "it.a", "before": "it.b"}, "aabaa", 2),
        ({"tool": "it.a", "before": "it.b"}, "aa", 2),
        ({"tool": "it.a", "after": "it.b"}, "aabaa", 2),
        ({"tool": "it.a", "after": "it.b"}, "aa", 0),
        ({"tool": "it.a", "after": "it.a"}, "aaa", 2),
        ({"tool": "it.a", "before": {"tool": "it.b", "failed": False}}, "aBaba", 2),
        ({"tool": "it.a", "after": "it.b", "before": "it.c"}, "abaca", 1),
    ],
)
def test_calls_are_counted_between_others(calls: dict[str, Any], letters: str, count: int) -> None:
    assert passed({"calls": calls, "is": count}, letters)
    assert not passed({"calls": calls, "is": count + 1}, letters)


def test_a_call_that_must_not_be_made_is_counted_too() -> None:
    assert passed({"calls": {"tool": "it.a"}, "is": 0}, "bb")
    assert not passed({"calls": {"tool": "it.a"}, "is": 0}, "ba")
    assert not passed({"calls": {"tool": "it.a"}}, "b")


@given(
    st.text("abcA", max_size=12),
    st.fixed_dictionaries({"tool": st.just("it.a")}, optional={"before": st.just("it.b"), "after": st.just("it.c")}),
    st.sampled_from([{}, {"is": 0}, {"is": 2}, {"at_most": 1}, {"at_least": 2}]),
)
@settings(max_examples=80, deadline=None)
def test_the_course_of_a_check_is_what_it_says_of_each_beginning(
    letters: str, calls: dict[str, Any], expected: dict[str, Any]
) -> None:
    written = {"calls": calls, **expected}

    course = CallsKind().course(CallsCheck.model_validate(written), steps(letters))

    assert course == [passed(written, letters[:end]) for end in range(len(letters) + 1)]
