"""The rate of users' faults, and the bounds on the success rate that follow from it."""

from harness.findings import Cause
from harness.printing.users import user_lines
from harness.recording.summary import Summary
from harness.running.user_rate import user_rate
from harness.trajectory import Seeds

SEEDS = Seeds(world=1, user=1, faults=1, agent=1)


def episode(outcome: str, *faults: str, turns: int = 3) -> Summary:
    cause: Cause | None = "user_fault" if outcome == "invalid" else None
    return Summary("id", "talk", 1, 1, SEEDS, outcome, 5, "", cause=cause, user_turns=turns, user_faults=faults)


def test_without_users_there_is_no_rate() -> None:
    assert user_rate([episode("success", turns=0)]) is None
    assert user_lines([episode("failure", turns=0)]) == []


def test_bounds_turn_every_episode_that_a_user_may_have_spoilt() -> None:
    found = user_rate([
        episode("success"), episode("success", "customer: stuck"), episode("failure"),
        episode("failure", "customer: stuck"), episode("invalid", "customer: broke"),
    ])  # fmt: skip

    assert found is not None
    assert (found.faulted.successes, found.faulted.trials) == (3, 5)
    assert (found.low, found.high) == (0.2, 0.8)


def test_it_is_said_in_words() -> None:
    assert user_lines([episode("success")]) == ["User faults in none of 1 episode."]
    words = user_lines([episode("success"), episode("failure", "customer: stuck")])[0]
    assert words.startswith("User faults in 1 of 2 episodes (50 %, ")
    assert words.endswith("the success rate is between 50 and 100 %.")
