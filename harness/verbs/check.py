"""Try whether scenarios can be trusted: their own solution must pass, and nothing that is not one."""

import sys

import click
import orjson

from harness.engine import EngineOptions
from harness.printing.check_table import as_json, print_matrix, print_report, print_sum, trying
from harness.printing.paper import paper
from harness.proving.floors import AUTO, CHOICES
from harness.proving.lock import LockError
from harness.proving.soundness import check_scenarios, lock_reports
from harness.running.exit_status import ALL_GOOD, FAILED, NOTHING
from harness.staging.suite import collect, suite_names


@click.command(epilog=f"Built-in suites: {', '.join(suite_names())}.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("-k", "wanted", metavar="EXPR", help="Only scenarios whose names fit, e.g. 'refund and not bulk'.")
@click.option("--seed", metavar="N", default=1, show_default=True, type=int, help="Seed of what scenarios do not pin.")
@click.option("--update", is_flag=True, help="Write lock files anew, whatever they said.")
@click.option(
    "--engine",
    default=AUTO,
    show_default=True,
    type=click.Choice(CHOICES),
    help="Where the panel plays; auto: in containers what runs commands, in this process all else.",
)
@click.option("--workers", metavar="N", type=click.IntRange(1, 10_000), help="How many containers play.")
@click.option(
    "--stage-image",
    metavar="IMAGE",
    help="The image whose containers serve worlds (default: soundstage-stage).",
)
@click.option("--json", "for_programs", is_flag=True, help="Print one JSON object.")
def run(
    paths: tuple[str, ...],
    wanted: str | None,
    seed: int,
    update: bool,
    engine: str,
    workers: int | None,
    stage_image: str | None,
    for_programs: bool,
) -> int:
    """Let a panel play scenarios: files, folders of files, or built-in suites by name.

    The reference must pass; an agent that does nothing, one that does damage, one that says all it can read and one
    that stops halfway must fail. What is found of a sound scenario is kept in NAME.lock.json beside it and compared the
    next time.

    Exit status: 0 all are sound and as their lock files say, 1 one is not, 2 usage, 5 no scenario was found.
    """
    scenarios = collect(paths, wanted)
    if not scenarios:
        click.echo("soundstage: no scenario was found", err=True)
        return NOTHING
    console, chosen = paper(), EngineOptions(engine, workers, stage_image=stage_image)
    with trying(console, len(scenarios), quiet=for_programs) as done:
        reports = check_scenarios(scenarios, seed=seed, compare=not update, engine=chosen, done=done)
    good = all(report.good for report in reports)
    written: list[str] = []
    try:
        written = lock_reports(reports, update=update, whole=wanted is None)
    except LockError as error:
        click.echo(f"soundstage: {error}", err=True)
    if for_programs:
        found = as_json(reports, written, ALL_GOOD if good else FAILED)
        sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
        return ALL_GOOD if good else FAILED
    print_matrix(console, reports)
    for report in reports:
        print_report(console, report)
    print_sum(console, reports, written)
    return ALL_GOOD if good else FAILED
