"""Budgets bound what rules do in an episode, and the ledger tells what would have fired, what did, and what kept it."""

from typing import Any, Final

import pytest

from fault_injection.profile import profile_in
from sandbox_server.episode import Episode
from tests.sandbox_server.test_faults_of_state import READ, SELECT, opened, tried

pytestmark = pytest.mark.anyio
ROUNDS: Final = 5


async def played(rule: dict[str, Any], **profile: Any) -> list[tuple[bool, bool, str]]:
    """Would it have fired, did it, and what kept it: five rounds of a call of each of two tools."""
    episode, client = opened()
    written = {"profile": "tried", "rules": [{"name": "r", "fault": "tool_error", **rule}], **profile}
    episode.faults.put([profile_in(written)])
    for _ in range(ROUNDS):
        await tried(client, READ)
        await tried(client, SELECT)
    return told(episode)


def told(episode: Episode) -> list[tuple[bool, bool, str]]:
    calls = [entry for entry in episode.ledger.entries if entry.kind == "call"]
    for entry in calls:
        (rule,) = entry.rules
        assert entry.truth == ("computed" if rule["fired"] else "same")
        assert (entry.true_reply is not None and entry.true_reply != entry.told) is rule["fired"]
        assert ("ends_at" in rule) is rule["fired"] and rule.get("ends_at", "model") == "model"
    return [(rule["would_fire"], rule["fired"], rule.get("suppressed", "")) for entry in calls for rule in entry.rules]


BUDGETS: Final[dict[str, tuple[dict[str, Any], dict[str, Any], int, str]]] = {
    "of the rule": ({"budget": {"times": 3}}, {}, 3, "budget of the rule"),
    "of the rule, for each tool": ({"budget": {"per_tool": 2}}, {}, 4, "budget for the tool"),
    "of the episode": ({}, {"budget": {"times": 5}}, 5, "budget of the profile"),
    "of the episode, for each tool": ({}, {"budget": {"per_tool": 1}}, 2, "budget of the profile for the tool"),
    "until it is calm": ({}, {"calm_after": {"calls": 6}}, 6, "calm after so many calls"),
}


@pytest.mark.parametrize("name", BUDGETS)
async def test_beyond_its_budget_a_rule_would_fire_and_is_kept_from_it(name: str) -> None:
    rule, profile, times, reason = BUDGETS[name]

    assert await played(rule, **profile) == [(True, True, "")] * times + [(True, False, reason)] * (2 * ROUNDS - times)


async def test_what_would_not_fire_is_not_called_kept_back() -> None:
    assert await played({"nth": 2, "budget": {"times": 1}}) == [
        (False, False, ""), (True, True, ""), *[(False, False, "")] * 8
    ]  # fmt: skip


async def test_in_a_row_ends_with_the_attempt_that_is_let_through() -> None:
    told = await played({"budget": {"in_a_row": 2}})

    assert told[::2] == told[1::2] == [
        (True, True, ""), (True, True, ""), (True, False, "budget in a row"), (True, True, ""), (True, True, "")
    ]  # fmt: skip
