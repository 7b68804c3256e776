"""How much of its tokens the agent used: tokens / limit, so that less is better."""

from harness.scorer import Score, scorers, unscorable
from harness.trajectory import Trajectory


@scorers.register("cost")
class Cost:
    """0 for nothing, 1 for the whole budget; not measured without a limit or without knowing the tokens."""

    less_is_better = True

    def score(self, trajectory: Trajectory) -> Score:
        """The figure of one episode."""
        missing = unscorable("cost", trajectory)
        if missing is not None:
            return missing
        assert trajectory.closing is not None
        used, limit = trajectory.closing.total_tokens, trajectory.opening.limits.tokens
        if limit is None:
            return Score("cost", None, "the scenario has no limit of tokens")
        if used is None:
            return Score("cost", None, "it is not known how many tokens were used")
        return Score("cost", min(1.0, used / limit), f"{used} of {limit} tokens")
