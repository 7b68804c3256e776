"""How a run looks on paper: a line for each episode as it ends, then a table and what to do next."""

import shlex
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.printing.own_command import own_command
from harness.run_folder import RunFolder
from harness.runner import Order, RunResult, Tally
from harness.statistics import Rate
from harness.trajectory import Trajectory

_MARKS: Final = {
    "success": ("●", "good", "succeeded"),
    "failure": ("○", "bad", "failed"),
    "timeout": ("◔", "bad", "timed out"),
    "safety_violation": ("▲", "bad", "did harm"),
    "invalid": ("?", "odd", "invalid"),
    "lost": ("…", "odd", "lost"),
}
_DOTS_MAX: Final = 20


def print_start(console: Console, order: Order, folder: RunFolder | None) -> None:
    """Say what is about to happen."""
    count, trials = len(order.scenarios), order.trials
    what = f"{count} scenario{'s' * (count != 1)}" + (f" × {trials} trials" if trials > 1 else "")
    console.print(f"[name]{what}[/]  [quiet]agent[/] {escape(order.agent.spec)}  [quiet]seed[/] {order.seed}")
    console.print()


def print_episode(console: Console, trajectory: Trajectory, name_width: int, trials: int) -> None:
    """One line for an episode that has ended."""
    closing = trajectory.closing
    mark, style, word = _MARKS[trajectory.outcome or "lost"]
    name = trajectory.opening.scenario + (f" #{trajectory.opening.trial}" if trials > 1 else "")
    seconds = f"{closing.wall_seconds:.1f} s" if closing else ""
    count = len(trajectory.steps)
    steps = f"{count:>3} {'step ' if count == 1 else 'steps'}"
    line = f"  [{style}]{mark}[/] {name:<{name_width}}  [{style}]{word:<9}[/]  {steps}  {seconds:>7}"
    console.print(line, overflow="ellipsis", no_wrap=True)
    if closing and closing.note and trajectory.outcome != "success":
        console.print(Padding(f"[quiet]{escape(closing.note)}[/]", (0, 0, 0, 4), expand=False))


def print_result(console: Console, order: Order, result: RunResult) -> None:
    """The table, the denominator, where everything lies, and the next command to try."""
    console.print()
    console.print(result_table(result))
    console.print()
    console.print(denominator(result))
    for tally in result.tallies:
        if tally.weak:
            console.print(f"[odd]An agent that does nothing passes {tally.scenario}: its checks prove nothing.[/]")
    _print_places(console, result)
    if order.agent.where == "outside":
        console.print(
            "[quiet]Isolation: none. The agent ran as you, on this machine; do not run agents like this that you do "
            "not trust.[/]"
        )


def result_table(result: RunResult) -> Table:
    """One row for each scenario, and their sum."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for title, justify in (("scenario", "left"), ("trials", "left"), ("success", "right"), ("95 %", "right")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    table.add_column("steps", justify="right")
    table.add_column("seconds", justify="right")
    for tally in result.tallies:
        table.add_row(tally.scenario, dots(tally), *_rate(tally.success), f"{tally.steps:g}", f"{tally.seconds:.1f}")
    if len(result.tallies) > 1:
        table.add_section()
        table.add_row("all", "", *_rate(result.success), "", "")
    return table


def dots(tally: Tally) -> Text:
    """One mark for each trial; many trials are counted instead."""
    outcomes = tally.outcomes
    if len(outcomes) <= _DOTS_MAX:
        return Text.assemble(*[(_MARKS[outcome][0], _MARKS[outcome][1]) for outcome in outcomes])
    counts = Counter(outcomes)
    parts = [(f"{counts[name]}{_MARKS[name][0]} ", _MARKS[name][1]) for name in _MARKS if counts[name]]
    return Text.assemble(*parts)


def denominator(result: RunResult) -> str:
    """How many of the planned episodes count, and why the others do not."""
    ended = result.trajectories
    invalid = Counter(t.closing.cause for t in ended if t.closing and t.closing.outcome == "invalid")
    causes = ", ".join(f"{count} {str(cause).replace('_', ' ')}" for cause, count in invalid.items())
    told = f"{len(ended)} of {result.planned} planned episodes ended, {invalid.total()} invalid"
    return told + (f" ({causes})" if causes else "") + ("; interrupted" if result.interrupted else "") + "."


def as_json(result: RunResult, exit_code: int) -> dict[str, Any]:
    """The same for programs."""
    return {
        "run": str(result.folder.path) if result.folder else None,
        "interrupted": result.interrupted,
        "planned": result.planned,
        "ended": len(result.trajectories),
        "success": _rate_json(result.success),
        "scenarios": [_tally_json(tally, result.folder) for tally in result.tallies],
        "exit_code": exit_code,
    }


def first_to_look_at(trajectories: Sequence[Trajectory]) -> Trajectory | None:
    """The episode that a person should open first: one that did not succeed, if there is one."""
    unhappy = [trajectory for trajectory in trajectories if trajectory.outcome != "success"]
    return next(iter([*unhappy, *trajectories]), None)


def _print_places(console: Console, result: RunResult) -> None:
    if result.folder is not None:
        print_places(console, result.folder, first_to_look_at(result.trajectories))


def print_places(console: Console, folder: RunFolder, first: Trajectory | None) -> None:
    """Say where the trajectories lie, and how to look at the one to look at first."""
    console.print(f"Trajectories: [where]{escape(str(folder.path / 'episodes'))}[/]", soft_wrap=True)
    if first is not None:
        path = str(folder.record(first.opening.scenario, first.opening.trial))
        command = shlex.join([own_command(), "show", path])
        console.print(f"Next: [name]{escape(command)}[/]", soft_wrap=True)


def _rate(rate: Rate) -> tuple[str, str]:
    if not rate.trials:
        return "-", "-"
    return f"{rate.successes}/{rate.trials}", f"{rate.low * 100:.0f} to {rate.high * 100:.0f} %"


def _rate_json(rate: Rate) -> dict[str, Any]:
    share = rate.value if rate.trials else None
    return {"successes": rate.successes, "trials": rate.trials, "value": share, "low": rate.low, "high": rate.high}


def _tally_json(tally: Tally, folder: RunFolder | None) -> dict[str, Any]:
    return {
        "scenario": tally.scenario,
        "planned": tally.planned,
        "do_nothing_passes": tally.weak,
        "success": _rate_json(tally.success),
        "steps_median": tally.steps,
        "seconds_median": tally.seconds,
        "episodes": [_episode_json(trajectory, folder) for trajectory in tally.trajectories],
    }


def _episode_json(trajectory: Trajectory, folder: RunFolder | None) -> dict[str, Any]:
    opening, closing = trajectory.opening, trajectory.closing
    return {
        "trajectory_id": opening.trajectory_id,
        "trial": opening.trial,
        "seeds": opening.seeds.model_dump(),
        "outcome": trajectory.outcome,
        "cause": closing.cause if closing else None,
        "blame": closing.blame if closing else None,
        "note": closing.note if closing else "",
        "steps": len(trajectory.steps),
        "final_digest": closing.final_digest if closing else None,
        "checks": {check.name: check.verdict for check in closing.checks} if closing else {},
        "file": str(folder.record(opening.scenario, opening.trial)) if folder else None,
    }
