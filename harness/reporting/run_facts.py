"""What a run's folder tells before any trajectory is read: the manifest, and a summary of each planned episode."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from harness.errors import HarnessError
from harness.recording.hold import hold
from harness.recording.run_folder import Manifest, Planned, Played, RunFolder
from harness.recording.summary import LOST, Summary, read_summary
from harness.running.arm import labelled
from harness.running.tally import Tally

NOT_RUN: Final = "not_run"
"""What became of an episode that never began."""
OUTCOMES: Final = ("success", "failure", "timeout", "safety_violation", "invalid", LOST, NOT_RUN)
"""Every outcome that a row of a report can have, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """One planned episode."""

    number: int
    """Its place in the order of the run, from 0."""
    planned: Planned
    summary: Summary | None
    """None: it never began, or cannot be read."""
    problem: str = ""
    """Why its record cannot be read."""

    @property
    def key(self) -> str:
        """What addresses it in a report: the name of its record without the ending."""
        return PurePosixPath(self.planned.file).name.removesuffix(".jsonl")

    @property
    def outcome(self) -> str:
        """One of `OUTCOMES`."""
        if self.summary is not None:
            return self.summary.outcome
        return LOST if self.problem else NOT_RUN

    @property
    def note(self) -> str:
        """The reason in words."""
        if self.summary is not None and self.summary.note:
            return self.summary.note
        return self.problem or {LOST: "its record has no end", NOT_RUN: "it was not run"}.get(self.outcome, "")

    @property
    def blame(self) -> str:
        """Whose fault it is that it is no success; empty for a success and for what never began."""
        if self.outcome in ("success", NOT_RUN):
            return ""
        return (self.summary.blame if self.summary else None) or "infrastructure"

    @property
    def title(self) -> str:
        """Scenario, arm and trial."""
        return f"{labelled(self.planned.scenario, self.planned.arm)} #{self.planned.trial}"


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run as its folder tells it."""

    folder: RunFolder
    manifest: Manifest
    episodes: Sequence[EpisodeFacts]
    tallies: Sequence[Tally]
    going_on: bool
    """Whether a process is working on it."""

    @property
    def arms(self) -> list[str]:
        """The arms in order; one without a name where nothing is compared."""
        return list(dict.fromkeys(tally.arm for tally in self.tallies))

    @property
    def summaries(self) -> list[Summary]:
        """Of all episodes that began."""
        return [episode.summary for episode in self.episodes if episode.summary is not None]


def read_run(folder: RunFolder) -> RunFacts:
    """Read a run, in whatever state it is. Raises FolderError where there is none."""
    going_on, manifest = _is_held(folder), folder.manifest()
    episodes = episodes_of(folder, manifest)
    return RunFacts(folder, manifest, episodes, _tallied(manifest, episodes), going_on)


def episodes_of(folder: RunFolder, manifest: Manifest) -> list[EpisodeFacts]:
    """Every planned episode of a run, in its order, with what became of it."""
    return [_read(folder, number, planned) for number, planned in enumerate(manifest.planned)]


def _read(folder: RunFolder, number: int, planned: Planned) -> EpisodeFacts:
    path = folder.path / planned.file
    if not path.exists():
        return EpisodeFacts(number, planned, None)
    try:
        return EpisodeFacts(number, planned, read_summary(path))
    except HarnessError as error:
        return EpisodeFacts(number, planned, None, error.message)


def _tallied(manifest: Manifest, episodes: Sequence[EpisodeFacts]) -> list[Tally]:
    """What became of each scenario in each arm, arm by arm."""
    played = {scenario.name: scenario for scenario in manifest.scenarios}
    tallies: dict[tuple[str, str], Tally] = {}
    for episode in episodes:
        name, arm = episode.planned.scenario, episode.planned.arm
        tally = tallies.setdefault((arm, name), _empty(name, arm, played.get(name)))
        tally.planned += 1
        tally.begun += episode.outcome != NOT_RUN
        if episode.summary is not None:
            tally.summaries.append(episode.summary)
    arms = {arm: place for place, (arm, _) in reversed(list(enumerate(tallies)))}
    return sorted(tallies.values(), key=lambda tally: arms[tally.arm])


def _empty(name: str, arm: str, about: Played | None) -> Tally:
    """A tally of nothing yet, with what the manifest says of its scenario."""
    if about is None:
        return Tally(name, 0, arm=arm)
    return Tally(
        name, 0, about.weak, about.template, about.file, arm, pinned="world" in about.seeds, lasting=about.lasting
    )


def _is_held(folder: RunFolder) -> bool:
    """Whether a process runs it now."""
    try:
        with (folder.path / ".lock").open("rb") as file:
            return not hold(file)
    except OSError:
        return False
