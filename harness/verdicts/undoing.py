"""How an agent came to fail: its client died under a broken connection, it gave up, or it was wrong."""

from collections.abc import Sequence

from harness.trajectory import Departure, Outcome, Step, Undoing
from harness.verdicts.firing import AT_CLIENT, fired, is_lost, is_told_failed, was_misled


def undone(outcome: Outcome, departure: Departure, steps: Sequence[Step]) -> Undoing | None:
    """How it came to that; None for an agent that did not fail, or that was only too slow.

    A client has died when the last that reached it was a fault of the line, no call followed, and the agent ended with
    an error or never came back; a call that a fault still kept waiting counts as such. An agent has given up when the
    last it was told of its tools was a failure, or nothing.
    """
    if outcome in ("success", "invalid"):
        return None
    last = steps[-1] if steps else None
    waiting = was_kept_waiting(departure, steps)
    broken = waiting or (last is not None and _is_broken(last))
    if broken and (departure.how == "minutes" or departure.exit_code not in (0, None)):
        return "client_died"
    if departure.how != "finished":
        return None
    return "gave_up" if waiting or (last is not None and is_told_failed(last)) else "wrong"


def was_kept_waiting(departure: Departure, steps: Sequence[Step]) -> bool:
    """Whether a fault kept a call waiting when the agent left, and nothing was answered that came after it."""
    answered = max((step.arrival for step in steps), default=0)
    return any(arrival >= answered for _, arrival in departure.unanswered)


def _is_broken(step: Step) -> bool:
    """Whether what reached the client is a fault that it may not get over: nothing, or no answer of a tool."""
    if is_lost(step):
        return True
    told_by_tool = bool((step.result.get("result") or {}).get("isError"))
    return was_misled(step) and not told_by_tool and any(rule.get("ends_at") == AT_CLIENT for rule in fired(step))
