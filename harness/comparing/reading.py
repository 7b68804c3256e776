"""A run read back from its folder, without its scenarios, worlds or agent."""

from harness.recording.run_folder import RunFolder
from harness.reporting.run_facts import read_run as read_facts
from harness.running.tally import RunResult


def read_run(folder: RunFolder) -> RunResult:
    """What a run has come to so far, from its manifest and its records; it may be under way. Raises FolderError.

    What only scenarios and worlds can tell (whether an agent that does nothing would pass, which seeds are pinned) is
    not known here.
    """
    facts = read_facts(folder)
    return RunResult(folder, list(facts.tallies), interrupted=facts.manifest.status != "finished")
