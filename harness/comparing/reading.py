"""A run read back from its folder, without its scenarios, worlds or agent."""

from collections import Counter

from harness.recording.run_folder import Played, RunFolder
from harness.recording.summary import Summary, read_summary
from harness.running.tally import RunResult, Tally
from worlds.errors import Problem


def read_run(folder: RunFolder) -> RunResult:
    """What a run has come to so far, from its manifest and its records; it may be under way. Raises FolderError.

    What only scenarios and worlds can tell (whether an agent that does nothing would pass, which seeds are pinned) is
    known as far as the manifest keeps it.
    """
    manifest = folder.manifest()
    names = [arm.name for arm in manifest.arms] or [""]
    counts = Counter((planned.scenario, planned.arm) for planned in manifest.planned)
    tallies = {(one.name, arm): _tally(one, arm, counts[one.name, arm]) for arm in names for one in manifest.scenarios}
    tallies = {key: tally for key, tally in tallies.items() if tally.planned or manifest.shard is None}
    for planned in manifest.planned:
        summary = _summary(folder, planned.file)
        tally = tallies.get((planned.scenario, planned.arm))
        if summary is not None and tally is not None:
            tally.summaries.append(summary)
            tally.begun += 1
    return RunResult(folder, list(tallies.values()), interrupted=manifest.status != "finished")


def _tally(played: Played, arm: str, planned: int) -> Tally:
    pinned = "world" in played.seeds
    return Tally(played.name, planned, played.weak, played.template, played.file, arm, pinned, played.lasting)


def _summary(folder: RunFolder, file: str) -> Summary | None:
    try:
        return read_summary(folder.path / file)
    except Problem:
        return None
