"""Put the shards of a run together."""

import sys
from contextlib import suppress
from pathlib import Path

import click

from harness.comparing.reading import read_run
from harness.errors import HarnessError
from harness.pipelines.publishing import Publishing, json_bytes, publish, publishing_options
from harness.printing.paper import paper
from harness.printing.run_table import print_result
from harness.recording.run_folder import RunFolder, found_run
from harness.running.exit_status import exit_status
from harness.running.tally import RunResult
from harness.running.threshold import Judged, judge_thresholds, read_threshold, refuse_unanswerable
from harness.store.index import indexed
from harness.store.merging import merged
from worlds.errors import Problem


@click.command()
@click.argument("shards", metavar="SHARD...", nargs=-1)
@click.option(
    "--out", metavar="FOLDER", type=click.Path(path_type=Path), help="An empty folder (default: below runs/)."
)
@click.option("--partial", is_flag=True, help="Shards may be missing: their episodes count as not run.")
@click.option(
    "--threshold",
    "thresholds",
    metavar="RULE",
    multiple=True,
    help="What must be reached (default: what the shards were given).",
)
@publishing_options
@click.option("--json", "for_programs", is_flag=True, help="Print one JSON object instead of a table.")
def run(
    shards: tuple[str, ...],
    out: Path | None,
    partial: bool,
    thresholds: tuple[str, ...],
    publishing: Publishing,
    for_programs: bool,
) -> int:
    """Put the shards of one run (`soundstage run --shard I/N`: folders, names below runs/, URLs) together.

    Before anything is copied, scenarios, seeds, arms, agent and versions are compared, and whether each shard is there
    once. What comes out is the run as it would be in one piece: everything is shown, judged and ended with as by
    `soundstage run`.
    """
    folder = _merged(shards, out, partial=partial)
    result = read_run(folder)
    result.interrupted = False
    judged = _judged(folder, result, thresholds)
    status = exit_status(result, judged)
    if for_programs:
        sys.stdout.buffer.write(json_bytes(result, judged, status))
        sys.stdout.buffer.flush()
    else:
        print_result(paper(), None, result, judged)
    return publish(publishing, result, judged, status, err=for_programs)


def _merged(shards: tuple[str, ...], out: Path | None, *, partial: bool) -> RunFolder:
    try:
        folder = merged([found_run(shard) for shard in shards], out, partial=partial)
    except OSError as error:
        raise HarnessError(f"the shards cannot be put together: {error}", hint="is there room for all?") from None
    with suppress(Problem, OSError):  # where that fails it is done when somebody asks
        indexed(folder)
    return folder


def _judged(folder: RunFolder, result: RunResult, thresholds: tuple[str, ...]) -> list[Judged]:
    rules = tuple(map(read_threshold, thresholds or folder.manifest().thresholds))
    refuse_unanswerable(rules, result.tallies)
    return judge_thresholds(rules, result.tallies)
