"""How an agent came to fail: its client died under a broken connection, it gave up, or it was wrong."""

from collections.abc import Sequence

from harness.trajectory import Departure, Outcome, Step, Undoing
from harness.verdicts.firing import AT_CLIENT, fired, is_lost, is_told_failed


def undone(outcome: Outcome, departure: Departure, steps: Sequence[Step]) -> Undoing | None:
    """How it came to that; None for an agent that did not fail, or that was only too slow.

    A client has died when the last that reached it was a fault of the line, no call followed, and the agent ended with
    an error or never came back. An agent has given up when the last it was told of its tools was a failure.
    """
    if outcome in ("success", "invalid"):
        return None
    last = steps[-1] if steps else None
    broken = last is not None and (is_lost(last) or any(rule.get("ends_at") == AT_CLIENT for rule in fired(last)))
    if broken and (departure.how == "minutes" or departure.exit_code not in (0, None)):
        return "client_died"
    if departure.how != "finished":
        return None
    return "gave_up" if last is not None and is_told_failed(last) else "wrong"
