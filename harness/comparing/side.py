"""One of two runs that are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from harness.comparing.reading import read_run
from harness.errors import HarnessError
from harness.recording.run_folder import RunFolder, found_run
from harness.recording.summary import Summary
from harness.running.tally import RunResult

Key = tuple[str, str, int]
"""Scenario, arm and trial."""


class CompareError(HarnessError):
    """Runs that cannot be compared as it was asked."""

    code = "compare"


@dataclass(frozen=True, slots=True)
class Side:
    """A run as far as a comparison needs it."""

    name: str
    agent: str
    result: RunResult
    hashes: Mapping[str, str] = field(default_factory=dict)
    """Scenario to the hash of all that it said; empty for a run that was not recorded."""

    @property
    def arms(self) -> list[str]:
        """The arms, in order; one empty name where there are none."""
        return list(dict.fromkeys(tally.arm for tally in self.result.tallies))

    @property
    def episodes(self) -> dict[Key, Summary]:
        """The episodes that ended."""
        return {(one.scenario, one.arm, one.trial): one for one in self.result.summaries}

    @property
    def templates(self) -> dict[str, str]:
        """Scenario to what it is a variant of."""
        return {tally.scenario: tally.template or tally.scenario for tally in self.result.tallies}


def side_of(run: "str | RunFolder | RunResult") -> Side:
    """The side that a name, a path, a folder or a result stands for. Raises FolderError."""
    if isinstance(run, RunResult):
        return _of_result(run)
    folder = found_run(run) if isinstance(run, str) else run
    return _of_folder(folder, read_run(folder))


def _of_result(result: RunResult) -> Side:
    return Side(_UNNAMED, "", result) if result.folder is None else _of_folder(result.folder, result)


def _of_folder(folder: RunFolder, result: RunResult) -> Side:
    manifest = folder.manifest()
    return Side(str(folder.path), manifest.agent, result, {one.name: one.hash for one in manifest.scenarios})


_UNNAMED: Final = "a run in memory"
