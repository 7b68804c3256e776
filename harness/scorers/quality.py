"""What the judge said of the episode, as it stands in the record."""

from harness.scorer import Score, scorers, unscorable
from harness.trajectory import Trajectory


@scorers.register("quality")
class Quality:
    """The figure that was recorded when a judge was asked; not measured where none was."""

    def score(self, trajectory: Trajectory) -> Score:
        """The figure of one episode."""
        missing = unscorable("quality", trajectory)
        if missing is not None:
            return missing
        assert trajectory.closing is not None
        judged = trajectory.closing.figures.get("quality")
        return Score("quality", judged.value, judged.note) if judged else Score("quality", None, "no judge was asked")
