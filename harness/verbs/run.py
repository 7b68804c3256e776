"""Run an agent through scenarios and show how it did."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import anyio
import click
import orjson

from harness.agent import Options, find_agent
from harness.agent_options import agent_options
from harness.prepared import Prepared
from harness.printing.paper import paper
from harness.printing.run_table import as_json, print_episode, print_result, print_start
from harness.run_folder import new_folder
from harness.runner import Ended, Order, RunResult, new_result, prepare_all, run_all
from harness.suite import collect, suite_names
from harness.trajectory import Trajectory

ALL_GOOD, FAILED, INFRASTRUCTURE, NOTHING, INTERRUPTED = 0, 1, 3, 5, 130
_STOPS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))


@click.command(epilog=f"Built-in suites: {', '.join(suite_names())}.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--agent", "spec", required=True, metavar="SPEC", help="A command, script:reference, script:PATH, ...")
@click.option(
    "--trials", metavar="N", default=1, show_default=True, type=click.IntRange(1), help="Repetitions of each scenario."
)
@click.option("--seed", metavar="N", default=1, show_default=True, type=int, help="Seed of what scenarios do not pin.")
@click.option(
    "--parallel", metavar="N", default=1, show_default=True, type=click.IntRange(1, 1000), help="Episodes at a time."
)
@click.option("-k", "wanted", metavar="EXPR", help="Only scenarios whose names fit, e.g. 'refund and not bulk'.")
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="An empty folder for the run (default: below runs/).",
)
@click.option("--json", "for_programs", is_flag=True, help="Print one JSON object instead of a table.")
@agent_options
def run(
    paths: tuple[str, ...],
    spec: str,
    options: Options,
    trials: int,
    seed: int,
    parallel: int,
    wanted: str | None,
    out: Path | None,
    for_programs: bool,
) -> int:
    """Run an agent through scenarios: files, folders of files, or built-in suites by name.

    Exit status: 0 all succeeded, 1 an episode did not, 2 usage, 3 an episode could not be run or judged,
    5 no scenario was found, 130 interrupted (what ended is kept).
    """
    scenarios = collect(paths, wanted)
    if not scenarios:
        click.echo("soundstage: no scenario was found", err=True)
        return NOTHING
    order = Order(scenarios, find_agent(spec, options), trials, seed, parallel)
    prepared = prepare_all(order)
    result = new_result(order, prepared, new_folder(out, paths))
    console = paper()
    width = max(len(one.scenario.name) for one in prepared) + (len(f" #{trials}") if trials > 1 else 0)

    def ended(trajectory: Trajectory) -> None:
        if not for_programs:
            print_episode(console, trajectory, width, trials)

    if not for_programs:
        print_start(console, order, result.folder)
    try:
        anyio.run(_until_stopped, order, prepared, result, ended)
    except OSError as error:
        click.echo(f"soundstage: the run broke off: {error}", err=True)
        return INFRASTRUCTURE
    status = exit_code(result)
    if for_programs:
        sys.stdout.buffer.write(orjson.dumps(as_json(result, status), option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    else:
        print_result(console, order, result)
    return status


def exit_code(result: RunResult) -> int:
    """What the run's outcomes mean to the caller of the command."""
    outcomes = [trajectory.outcome for trajectory in result.trajectories]
    if result.interrupted:
        return INTERRUPTED
    if "invalid" in outcomes or len(outcomes) < result.planned:
        return INFRASTRUCTURE
    return ALL_GOOD if all(outcome == "success" for outcome in outcomes) else FAILED


async def _until_stopped(order: Order, prepared: Sequence[Prepared], result: RunResult, ended: Ended) -> None:
    """Run everything, or what can be run until somebody interrupts."""
    async with anyio.create_task_group() as group:
        group.start_soon(_cancel_on_signal, group.cancel_scope)
        await run_all(order, prepared, result, ended)
        group.cancel_scope.cancel()


async def _cancel_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(*_STOPS) as signals:
        async for _ in signals:
            scope.cancel()
