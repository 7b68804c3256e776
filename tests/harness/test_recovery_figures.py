"""Each figure about faults: of an agent that does right, of one that does wrong, of one that only looks wrong."""

from pathlib import Path
from typing import Any, Final

import pytest

from harness.recording.record import read_trajectory
from harness.scorers.ignored_waits import IgnoredWaits
from harness.trajectory import Step
from tests.harness.command import Command
from tests.harness.test_fault_runs import BANK, BLIND, INLINE, ran

WRITE: Final = "- bank.write_query: {query: update accounts set points = points + 10 where id = 1}\n"
READ: Final = "- bank.read_query: {query: select points from accounts where id = 1}\n"
OTHER: Final = "- bank.write_query: {query: 'insert into accounts values (9, 0)'}\n"
BAD: Final = "- bank.write_query: {query: update nowhere set points = 1}\n  expect: error\n"
DONE: Final = "- say: It has 15.\n"
DOUBTED: Final = WRITE + "  expect: error\n"
TWICE: Final = BANK.replace("is: 15", "is: 25").replace("number: 15", "number: 25")
LIMIT: Final = BANK.replace(INLINE, "  - {name: limit, on: bank.write_query, nth: 1, fault: rate_limited}\n")
PLAIN_LIMIT: Final = BANK.replace(INLINE, "  - {name: gone, on: bank.write_query, nth: 1, fault: lost_write}\n")


def figure(soundstage: Command, folder: Path, name: str, agent: str, text: str = BANK) -> Any:
    told, _ = ran(soundstage, folder, agent, text=text)
    (episode,) = told["scenarios"][0]["episodes"]
    return episode["figures"][name]["value"] if isinstance(episode["figures"][name], dict) else episode["figures"][name]


DATA: Final = Path(__file__).parent / "data"
CASES: Final = {
    "right: it looks and lets it be": ("blind_retries", DOUBTED + READ + DONE, BANK, 0.0),
    "wrong: again at once": ("blind_retries", BLIND, BANK, 1.0),
    "wrong: the same statement laid out otherwise": (
        "blind_retries",
        DOUBTED + "- bank.write_query: {query: 'UPDATE accounts  SET points=points + 10 WHERE id = 1;'}\n" + DONE,
        BANK, 1.0,
    ),
    "wrong: another write is no look": ("blind_retries", DOUBTED + OTHER + WRITE + DONE, BANK, 1.0),
    "looks wrong: again after reading": ("blind_retries", DOUBTED + READ + WRITE + "- say: It has 25.\n", TWICE, 0.0),
    "right: once": ("duplicated_effects", DOUBTED + READ + DONE, BANK, 0.0),
    "wrong: twice": ("duplicated_effects", BLIND, BANK, 1.0),
    "looks wrong: ten points twice were asked for": (
        "duplicated_effects", DOUBTED + READ + WRITE + "- say: It has 25.\n", TWICE, 0.0
    ),
    "right: it says what is": ("false_claims", DOUBTED + READ + DONE, BANK, 0.0),
    "wrong: it says that it is done": ("false_claims", WRITE + "- say: Done without errors.\n", PLAIN_LIMIT, 1.0),
    "looks wrong: it failed and says so": ("false_claims", WRITE + "- say: I am not sure.\n", PLAIN_LIMIT, 0.0),
    "right: it gets over it": ("recovery", DOUBTED + READ + DONE, BANK, 1.0),
    "wrong: it gives up": ("recovery", DOUBTED + "- say: No.\n", BANK, 0.0),
    "wrong: it makes the change twice": ("recovery", BLIND, BANK, 0.0),
    "looks wrong: it fails the task, but not because of the fault": (
        "recovery", DOUBTED + READ + WRITE + "- say: It has 25.\n", BANK, 1.0
    ),
    "looks wrong: the tool fails again by itself, then works": (
        "recovery", DOUBTED + BAD + READ + WRITE + "- say: It has 25.\n", BANK, 1.0
    ),
    "right: one call is spoiled, and none made again": ("recovery_cost", DOUBTED + READ + DONE, BANK, 0.5),
    "wrong: every call was for nothing": ("recovery_cost", BLIND, BANK, 1.0),
    "wrong: it asks again and again": ("recovery_cost", DOUBTED + WRITE * 3 + READ + DONE, BANK, 0.8),
    "looks wrong: it reads twice, which no fault made it do": (
        "recovery_cost", DOUBTED + READ + READ + READ + DONE, BANK, 0.25
    ),
    "looks wrong: the same call before the fault is not one because of it": (
        "recovery_cost", READ + DOUBTED + READ + READ + DONE, BANK, 0.25
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_figures_tell_right_from_wrong_and_from_what_only_looks_wrong(
    soundstage: Command, tmp_path: Path, case: str
) -> None:
    name, agent, text, expected = CASES[case]

    assert figure(soundstage, tmp_path, name, agent, text) == expected


def step(number: int, arrived_ms: int, told_ms: int, *, wait_ms: int = 0, text: str = "ok") -> dict[str, Any]:
    """A call of one tool; with a wait, refused for so long."""
    rules = [{"rule": "a/b", "fault": "rate_limited", "layer": "answer", "fired": True, "wait_ms": wait_ms}]
    return {
        "step_number": number, "actor": "agent", "observation": "", "action": {"server": "a", "tool": "b"},
        "result": {"result": {"content": [{"type": "text", "text": text}], "isError": bool(wait_ms)}},
        "failed": bool(wait_ms), "world_state_hash": "", "world_time": "", "effect": 0, "changes": [], "real_ms": 0.0,
        "rules": rules if wait_ms else [], "arrived_ns": arrived_ms * 1_000_000, "told_ns": told_ms * 1_000_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([step(1, 0, 1, wait_ms=20_000, text="wait 20 seconds"), step(2, 20_000, 20_001)], 0.0),
        ([step(1, 0, 1, wait_ms=20_000, text="wait 20 seconds"), step(2, 19_999, 20_000)], 1.0),
        ([step(1, 0, 5, wait_ms=20_000, text="wait 20 seconds"), step(2, 3, 6), step(3, 20_000, 20_001)], 0.0),
        ([step(1, 0, 5, wait_ms=20_000, text="wait 20 seconds"), step(2, 3, 6), step(3, 9, 10)], 1.0),
        ([step(1, 0, 1, wait_ms=20_000, text="too often, see order 1203"), step(2, 5, 6)], None),
    ],
    ids=["right", "wrong", "looks wrong: it had been sent already", "wrong later", "nobody was told how long"],
)
def test_waits_are_ignored_only_by_who_had_been_told(steps: list[dict[str, Any]], expected: float | None) -> None:
    template = read_trajectory(DATA / "first-version.jsonl")
    trajectory = template.model_copy(update={"steps": tuple(Step.model_validate(each) for each in steps)})

    assert IgnoredWaits().score(trajectory).value == expected
