"""What an episode came to, from how the agent's part ended and what the checks found."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.trajectory import Blame, Cause, CheckResult, Departure, Limits, Outcome, Step


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The verdict, whose fault it is that it is not success, and the reason in words."""

    outcome: Outcome
    note: str = ""
    blame: Blame | None = None
    cause: Cause | None = None

    @property
    def reward(self) -> float | None:
        """1 for success, 0 otherwise; an invalid episode has none."""
        return None if self.outcome == "invalid" else float(self.outcome == "success")


def conclude(
    departure: Departure, results: Sequence[CheckResult], limits: Limits, steps: Sequence[Step] = ()
) -> Conclusion:
    """The verdict. What kept the harness from judging is never charged to the agent.

    An agent that had to be stopped timed out, whatever state it left behind: it did not know that it was done.
    """
    if departure.how in ("failed", "interrupted"):
        return Conclusion("invalid", departure.note, "infrastructure", "infrastructure")
    broke = next((step for step in steps if "broke" in step.notes), None)
    if broke is not None:
        words = f"step {broke.step_number}: {broke.action.server} broke: {broke.notes['broke']}"
        return Conclusion("invalid", words, "infrastructure", "infrastructure")
    unclear = [result for result in results if result.verdict == "ungradable"]
    if unclear:
        return Conclusion("invalid", f"{unclear[0].name}: {unclear[0].found}", "scenario", "grader")
    if departure.how == "steps":
        return Conclusion("timeout", f"stopped after {limits.steps} steps", "agent")
    if departure.how == "tokens":
        return Conclusion("timeout", f"stopped after {limits.tokens} tokens", "agent")
    if departure.how == "minutes":
        return Conclusion("timeout", f"stopped after {limits.minutes:g} minutes", "agent")
    failed = [result.name for result in results if result.verdict == "failed"]
    if failed:
        return Conclusion("failure", "; ".join(filter(None, [f"not: {', '.join(failed)}", departure.note])), "agent")
    return Conclusion("success", departure.note)
