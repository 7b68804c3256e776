"""Episodes that were played and not judged, or not for want of something here: judged now, never played again."""

import os
from pathlib import Path

import anyio.to_thread

from harness.aside import run_aside
from harness.errors import HarnessError
from harness.judging.appointed import quality_of, with_quality
from harness.judging.helpers import used_by_models, with_helpers
from harness.plan import Plan
from harness.recording.record import read_trajectory
from harness.recording.step_log import encoded
from harness.scenario import Scenario
from harness.trajectory import Trajectory
from harness.users.exchanges import exchanges_beside
from harness.verdicts.composite import with_figures
from harness.verdicts.rescoring import judge_what_is_left
from worlds.errors import Problem


async def judged_late(plan: Plan, record: Path) -> Trajectory | None:
    """The episode of a record whose agent has left, judged and ended; None where it has to be played.

    Raises OSError where its end cannot be written.
    """
    scenario = plan.prepared.scenario
    judged = await run_aside(_judged, record, scenario)
    if judged is None:
        return None
    judged = with_helpers(judged, used_by_models(await anyio.to_thread.run_sync(exchanges_beside, record)))
    if scenario.judge is not None:
        judged = with_quality(judged, await quality_of(judged, scenario, plan.judge, record))
        judged = judged.model_copy(update={"closing": with_figures(judged, scenario.reward)})
    await anyio.to_thread.run_sync(_end, record, judged)
    return judged


def _judged(record: Path, scenario: Scenario) -> Trajectory | None:
    if not record.exists():
        return None
    try:
        if read_trajectory(record).leaving is None:
            return None
        return judge_what_is_left(record, scenario)
    except (Problem, HarnessError):
        return None  # what was kept is not enough to judge by


def _end(record: Path, judged: Trajectory) -> None:
    """Put the record with its end in the place of the one without, whole or not at all."""
    records = [judged.opening, *judged.steps, judged.leaving, judged.closing]
    partial = record.with_name(f"{record.name}.partial")
    with partial.open("wb") as file:
        file.write(b"".join(encoded(each.model_dump()) for each in records if each is not None))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(record)
