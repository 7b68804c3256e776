"""Run an agent through scenarios and show how it did."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource
from rich.console import Console

from harness.acting.agent_options import agent_options
from harness.agent import Options, find_agent
from harness.engine import EngineOptions, usual_parallel
from harness.pipelines.publishing import NAMES, Publishing, json_bytes, publish, publishing_options
from harness.printing.paper import paper
from harness.printing.progress import Progress
from harness.printing.run_table import print_result, print_start
from harness.proving.lock import warnings_of
from harness.recording.run_folder import found_run
from harness.running.arm import labelled, read_arms
from harness.running.begin import Run, carry_out, new_run, old_run
from harness.running.engine_options import ENGINE_NAMES, engine_options
from harness.running.exit_status import ALL_GOOD, FAILED, INFRASTRUCTURE, NOTHING, exit_status
from harness.running.order import Order
from harness.running.shares import read_shard
from harness.running.terms_options import TERMS_NAMES, SaidTerms, terms_options
from harness.running.threshold import Judged, Threshold, judge_thresholds, read_threshold
from harness.staging.suite import collect, suite_names

_TAKEN_UP: Final = {*NAMES, *ENGINE_NAMES, *TERMS_NAMES}
_WITH_RESUME: Final = {"resume", "retry_invalid", "parallel", "thresholds", "for_programs", *_TAKEN_UP}


@click.command(epilog=f"Built-in suites: {', '.join(suite_names())}.")
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option("--agent", "spec", metavar="SPEC", help="A command, script:reference, script:PATH, ...")
@click.option(
    "--trials", metavar="N", default=1, show_default=True, type=click.IntRange(1), help="Repetitions of each scenario."
)
@click.option("--seed", metavar="N", default=1, show_default=True, type=int, help="Seed of what scenarios do not pin.")
@click.option(
    "--faults",
    "arms",
    metavar="NAME",
    multiple=True,
    help="What goes wrong: a fault profile, or a+b; repeated, arms that share seeds (default: what scenarios say).",
)
@click.option("--vary", type=click.Choice(["world"]), help="Give each trial a world of its own, unless it is pinned.")
@click.option(
    "--parallel",
    metavar="N",
    type=click.IntRange(1, 1000),
    help="Episodes at a time (default: as the engine sees fit).",
)
@click.option("-k", "wanted", metavar="EXPR", help="Only scenarios whose names fit, e.g. 'refund and not bulk'.")
@click.option(
    "--threshold", "thresholds", metavar="RULE", multiple=True, help="What must be reached, e.g. 'success.low>=0.8'."
)
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="An empty folder for the run (default: below runs/).",
)
@click.option("--resume", metavar="RUN", help="Go on with a run that did not end; what ended in it is kept.")
@click.option("--retry-invalid", is_flag=True, help="With --resume: run invalid episodes again, too.")
@publishing_options
@click.option("--json", "for_programs", is_flag=True, help="Print one JSON object instead of a table.")
@click.option("--shard", metavar="I/N", help="Play the I-th of N shares; soundstage merge puts them together.")
@click.option("--store", metavar="URL", help="Keep the run in an object store as well, e.g. s3://bucket/run.")
@terms_options
@engine_options
@agent_options
@click.pass_context
def run(
    context: click.Context,
    paths: tuple[str, ...],
    spec: str | None,
    options: Options,
    engine: EngineOptions,
    said: SaidTerms,
    trials: int,
    seed: int,
    arms: tuple[str, ...],
    vary: str | None,
    parallel: int | None,
    wanted: str | None,
    thresholds: tuple[str, ...],
    out: Path | None,
    resume: str | None,
    retry_invalid: bool,
    publishing: Publishing,
    for_programs: bool,
    shard: str | None,
    store: str | None,
) -> int:
    """Run an agent through scenarios: files, folders of files, or built-in suites by name.

    Exit status: 0 all succeeded, 1 an episode did not, 2 usage, 3 an episode could not be run or judged,
    4 a threshold was missed, 5 no scenario was found, 6 a budget was used up before every episode had begun,
    130 interrupted (what ended is kept).
    With thresholds it is 0 or 4 whatever single episodes did, and 3 only where episodes that could not be run or
    judged might turn a threshold.
    """
    rules = tuple(map(read_threshold, thresholds))
    if resume is not None:
        _refuse_with_resume(context)
        ready = _gone_on(context, resume, rules, parallel, engine, said, retry_invalid=retry_invalid)
        return _carried_out(ready, publishing, for_programs)
    if not paths or spec is None or retry_invalid:
        missing = "--retry-invalid goes with --resume" if retry_invalid else "PATH and --agent are needed"
        raise click.UsageError(f"{missing}, e.g. soundstage run bookshop --agent script:reference", context)
    scenarios = collect(paths, wanted)
    if not scenarios:
        click.echo("soundstage: no scenario was found", err=True)
        return NOTHING
    order = Order(
        scenarios, find_agent(spec, options), trials, seed, parallel or usual_parallel(engine), vary == "world", rules,
        paths, wanted, options, read_arms(arms), engine, read_shard(shard) if shard else None, store, said.terms(),
    )  # fmt: skip
    return _carried_out(new_run(order, out), publishing, for_programs)


def _gone_on(
    context: click.Context,
    run: str,
    rules: Sequence[Threshold],
    parallel: int | None,
    engine: EngineOptions,
    said: SaidTerms,
    *,
    retry_invalid: bool,
) -> Run:
    """A run that was begun earlier; what is said now replaces what was said then."""
    elsewhere = any(_is_given(context, name) for name in ENGINE_NAMES)
    return old_run(
        found_run(run),
        parallel or (usual_parallel(engine) if elsewhere else None),
        rules,
        retry_invalid=retry_invalid,
        engine=engine if elsewhere else None,
        terms=said.terms,
    )


def _refuse_with_resume(context: click.Context) -> None:
    """All that a run is was said when it began."""
    for param in context.command.params:
        if _is_given(context, str(param.name)) and param.name not in _WITH_RESUME:
            raise click.UsageError(
                f"{param.opts[0]} was said when the run began; --resume takes it from there", context
            )


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _carried_out(ready: Run, publishing: Publishing, for_programs: bool) -> int:
    """Carry a run out and show it; the exit status."""
    for warning in warnings_of(ready.order.scenarios):
        click.echo(f"soundstage: {warning}", err=True)
    if for_programs:
        carry_out(ready)
        judged, status = _judged(ready)
        sys.stdout.buffer.write(json_bytes(ready.result, judged, status))
        sys.stdout.buffer.flush()
    else:
        console = paper()
        with publishing.meanwhile(console):
            _watched(ready, console)
            judged, status = _judged(ready)
            print_result(console, ready.order, ready.result, judged)
    return publish(publishing, ready.result, judged, status, err=for_programs)


def _watched(ready: Run, console: Console) -> None:
    """Carry a run out before a person's eyes."""
    order = ready.order
    print_start(console, order, ready.result.planned, ready.ended)
    labels = [labelled(one.name, arm.name) for arm in order.arms for one in order.scenarios]
    progress = Progress(
        console, labels, order.trials, ready.ended, planned=ready.result.planned, budget=order.terms.budget
    )
    with progress.shown():
        carry_out(ready, progress)


def _judged(ready: Run) -> tuple[list[Judged], int]:
    """Whoever merges shares judges the thresholds, and what a store lacks is infrastructure."""
    shared = ready.order.shard is not None and bool(ready.order.thresholds)
    judged = judge_thresholds(() if shared else ready.order.thresholds, ready.result.tallies)
    status = exit_status(ready.result, judged)
    if shared and status == FAILED:
        status = ALL_GOOD
    if (ready.order.store or "").startswith("memory:"):
        click.echo(f"soundstage: {ready.order.store} ends with this process", err=True)
    if ready.result.unsent:
        click.echo(f"soundstage: {ready.order.store} does not hold all of this run: {ready.result.unsent}", err=True)
        return judged, status or INFRASTRUCTURE
    return judged, status
