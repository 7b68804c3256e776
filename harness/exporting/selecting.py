"""Which episodes of which runs are exported."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.exporter import ExportError
from harness.recording.record import EmptyRecord, RecordError
from harness.recording.run_folder import Manifest, Planned, RunFolder, found_run
from harness.recording.summary import read_ends
from harness.staging.suite import Filter
from harness.trajectory import Closing, Opening, Outcome


@dataclass(frozen=True, slots=True)
class Filters:
    """What an episode must be like; empty and None let everything through."""

    outcomes: tuple[Outcome, ...] = ()
    reward_min: float | None = None
    arms: tuple[str, ...] = ()
    match: Filter | None = None
    """An expression over scenarios' names, as with `run -k`."""

    def refusal(self, planned: Planned, closing: Closing) -> str:
        """Why an episode is not wanted; empty when it is."""
        if self.arms and planned.arm not in self.arms:
            return "another arm"
        if self.match is not None and not self.match.lets(planned.scenario):
            return "another scenario"
        if self.outcomes and closing.outcome not in self.outcomes:
            return f"outcome {closing.outcome}"
        if self.reward_min is not None and (closing.reward is None or closing.reward < self.reward_min):
            return f"reward below {self.reward_min:g}"
        return ""


@dataclass(frozen=True, slots=True)
class Source:
    """One run."""

    folder: RunFolder
    manifest: Manifest

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.path.absolute().name


@dataclass(frozen=True, slots=True)
class Picked:
    """One episode that is wanted."""

    source: Source
    path: Path
    family: str
    opening: Opening
    closing: Closing


@dataclass(slots=True)
class Selection:
    """The episodes that are wanted, and how many were not, by reason."""

    picked: list[Picked] = field(default_factory=list)
    planned: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


def sources_of(runs: Sequence[str | Path]) -> list[Source]:
    """The runs of these folders or names. Raises FolderError, and ExportError for one that is named twice."""
    folders = [found_run(str(run)) for run in runs]
    if not folders:
        raise ExportError("no run is named", hint="soundstage list shows the runs")
    places = [folder.path.resolve() for folder in folders]
    if twice := [str(place) for place, times in Counter(places).items() if times > 1]:
        raise ExportError(f"the run {twice[0]} is named twice")
    sources = [Source(folder, folder.manifest()) for folder in folders]
    if same := [name for name, times in Counter(source.name for source in sources).items() if times > 1]:
        raise ExportError(
            f"two runs are called {same[0]}", hint="rename a folder, so that rows say where they are from"
        )
    return sources


def select(sources: Sequence[Source], filters: Filters) -> Selection:
    """The episodes of some runs that have ended, say something about the agent, and are wanted.

    Raises ExportError for an arm that no run has.
    """
    known = {arm.name for source in sources for arm in source.manifest.arms} or {""}
    if unknown := [arm for arm in filters.arms if arm not in known]:
        raise ExportError(
            f"no run has the arm {unknown[0]!r}", hint=f"known: {', '.join(sorted(known - {''})) or 'none'}"
        )
    selection = Selection()
    for source in sources:
        families = {played.name: played.template or played.name for played in source.manifest.scenarios}
        for planned in source.manifest.planned:
            selection.planned += 1
            found = _picked(source, planned, families.get(planned.scenario, planned.scenario), filters)
            if isinstance(found, Picked):
                selection.picked.append(found)
            else:
                selection.left_out[found] += 1
    return selection


def _picked(source: Source, planned: Planned, family: str, filters: Filters) -> Picked | str:
    """An episode, or why it is left out."""
    path = source.folder.path / planned.file
    if not path.is_file():
        return "not run"
    try:
        opening, closing, _ = read_ends(path)
    except EmptyRecord:
        return "without an end"
    except RecordError:
        return "record cannot be read"
    if closing is None:
        return "without an end"
    if closing.outcome == "invalid":
        return "invalid"
    return filters.refusal(planned, closing) or Picked(source, path, family, opening, closing)
