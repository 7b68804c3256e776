"""What is toggled while calls are in progress stands in the step of the call that arrives next."""

from typing import Literal

from harness.recording.step_log import StepLog
from sandbox_server.call import Reply
from sandbox_server.ledger import Entry


def entry(number: int, kind: Literal["call", "act"], arrival: int, revision: int = 0) -> Entry:
    if kind == "act":
        return Entry(number, kind, "owner", tool="faults", arguments={"revision": revision}, arrival=arrival)
    return Entry(number, kind, "agent", "shop", "read", {}, arrival, told=Reply({"content": []}))


def revisions(log: StepLog) -> list[list[int]]:
    return [[toggle["revision"] for toggle in step.toggles] for step in log.steps]


def test_a_call_in_progress_knows_nothing_of_what_is_toggled_meanwhile() -> None:
    log = StepLog("task")
    for each in (
        entry(1, "act", 0, 1), entry(2, "act", 1, 2), entry(3, "call", 1), entry(4, "act", 1, 3), entry(5, "call", 2),
    ):  # fmt: skip
        log.write(each)

    assert revisions(log) == [[1], [2, 3]]


def test_a_step_that_is_no_call_of_the_agents_has_what_came_before_it() -> None:
    log = StepLog("task")
    for each in (entry(1, "call", 1), entry(2, "act", 1, 1), entry(3, "call", 0), entry(4, "call", 2)):
        log.write(each)

    assert revisions(log) == [[], [1], []]
