"""One scenario in one arm, as a pipeline's test case: whether it is to be red, and what is to be said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from harness.printing.marks import MARKS
from harness.printing.next_steps import first_to_look_at
from harness.recording.run_folder import Manifest, Planned, RunFolder
from harness.recording.summary import Summary
from harness.reporting.reproduction import play_command
from harness.running.arm import labelled
from harness.running.tally import RunResult, Tally

Kind = Literal["passed", "failure", "error", "skipped"]
_TRIALS_MAX: Final = 50
"""Beyond so many trials that did not succeed the rest is counted."""


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario in an arm."""

    tally: Tally
    folder: RunFolder | None = None
    manifest: Manifest | None = None

    @property
    def name(self) -> str:
        """Its scenario, with the arm where there are several."""
        return labelled(self.tally.scenario, self.tally.arm)

    @property
    def kind(self) -> Kind:
        """`failure`: an episode that counts did not succeed. `error`: none failed, and some do not count. `skipped`:
        none was run."""
        if self.unhappy and any(summary.counts for summary in self.unhappy):
            return "failure"
        if not self.tally.summaries:
            return "error" if self.tally.begun else "skipped"
        return "passed" if self.tally.valid == self.tally.planned else "error"

    @property
    def type(self) -> str:
        """Whose fault it is, or that trials do not agree."""
        if self.tally.steadiness == "flaky":
            return "flaky"
        return (self.first.blame if self.first else None) or "infrastructure"

    @property
    def unhappy(self) -> list[Summary]:
        """The episodes that ended and did not succeed."""
        return [summary for summary in self.tally.ordered if summary.outcome != "success"]

    @property
    def first(self) -> Summary | None:
        """The episode to look at first; None where all succeeded."""
        return first_to_look_at(self.unhappy)

    @property
    def message(self) -> str:
        """What happened, in one line."""
        first, planned = self.first, self.tally.planned
        if first is None:
            missing = planned - len(self.tally.summaries)
            return f"{missing} of {planned} episodes did not run" if missing else ""
        words = f"{MARKS[first.outcome].word}: {first.note}" if first.note else MARKS[first.outcome].word
        return words if planned == 1 else f"{len(self.unhappy)} of {planned} did not succeed; #{first.trial} {words}"

    @property
    def lines(self) -> list[str]:
        """What became of each trial that did not succeed, with its seeds, its record and how to get it again."""
        told = [line for summary in self.unhappy[:_TRIALS_MAX] for line in self._told(summary)]
        more = len(self.unhappy) - _TRIALS_MAX
        return told + ([f"and {more} more"] if more > 0 else [])

    def record(self, summary: Summary) -> str:
        """Where the episode's trajectory lies; empty for a run that kept none."""
        return str(self.folder.record(summary.scenario, summary.trial, summary.arm)) if self.folder else ""

    def command(self, summary: Summary) -> str:
        """The command that plays the episode again; empty for a run that kept no manifest."""
        if self.manifest is None:
            return ""
        planned = Planned(scenario=summary.scenario, trial=summary.trial, arm=summary.arm, file="")
        return play_command(self.manifest, planned)

    def _told(self, summary: Summary) -> list[str]:
        mark = MARKS[summary.outcome]
        told = {
            "blame": summary.blame or "",
            "seeds": seeds_in_words(summary.seeds.model_dump()),
            "record": self.record(summary),
            "again": self.command(summary),
        }
        first = f"#{summary.trial} {mark.word}" + (f": {summary.note}" if summary.note else "")
        return [first, *(f"   {name}: {words}" for name, words in told.items() if words)]


def cases_of(result: RunResult) -> list[Case]:
    """A case for each scenario and arm, in order."""
    manifest = result.folder.manifest() if result.folder else None
    return [Case(tally, result.folder, manifest) for tally in result.tallies]


def seeds_in_words(seeds: Mapping[str, int]) -> str:
    """`world 1, user 2, ...`."""
    return ", ".join(f"{name} {seed}" for name, seed in seeds.items())


def by_family(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """The cases of each family of variants, in order."""
    families: dict[str, list[Case]] = {}
    for case in cases:
        families.setdefault(case.tally.template or case.tally.scenario, []).append(case)
    return families
