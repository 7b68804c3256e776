"""What a recorded episode was played in: its scenario, found again through the run that it belongs to."""

from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.recording.run_folder import MANIFEST, RunFolder
from harness.scenario import Scenario
from harness.staging.prepared import Builder, Prepared
from harness.staging.suite import collect
from harness.trajectory import Trajectory


class OriginError(HarnessError):
    """A trajectory whose scenario cannot be found."""

    code = "origin"


@dataclass(frozen=True, slots=True)
class Origin:
    """The scenario of a trajectory as it is now."""

    prepared: Prepared
    changed: bool
    """Whether the scenario or its world says something else than when the episode was recorded."""


def origin_of(path: Path, trajectory: Trajectory, scenario: Path | None = None) -> Origin:
    """The scenario of a recorded episode with its world built; `scenario` is its file, where no run says which.

    Raises OriginError, and FileProblem for a scenario that is wrong by now.
    """
    found = _chosen(trajectory, _file_of(path, trajectory) if scenario is None else scenario)
    prepared = Builder().prepare(found, trajectory.opening.seeds.world)
    return Origin(prepared, found.hash != trajectory.opening.scenario_hash)


def _file_of(path: Path, trajectory: Trajectory) -> Path:
    """The file that the run's manifest names."""
    name, hint = trajectory.opening.scenario, "name its file with --scenario"
    folder = path.absolute().parent.parent
    if not (folder / MANIFEST).is_file():
        raise OriginError(f"{path} does not lie in a run, so nothing says where the scenario {name!r} is", hint=hint)
    for played in RunFolder(folder).manifest().scenarios:
        if played.name == name:
            file = Path(played.file)
            if file.is_file():
                return file
            raise OriginError(f"the scenario {name!r} was read from {file}, which is not there", hint=hint)
    raise OriginError(f"the run of {path} has no scenario {name!r}", hint=hint)


def _chosen(trajectory: Trajectory, file: Path) -> Scenario:
    found = collect([str(file)])
    for scenario in found:
        if scenario.name == trajectory.opening.scenario:
            return scenario
    names = ", ".join(scenario.name for scenario in found) or "none"
    raise OriginError(f"{file} holds no scenario {trajectory.opening.scenario!r}", hint=f"it holds: {names}")
