"""How a run looks on paper: a line for each episode as it ends, then a table and what to do next."""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.printing.comparison import comparison_lines
from harness.printing.end_note import end_notes
from harness.printing.marks import MARKS
from harness.printing.next_steps import next_steps
from harness.printing.own_command import own_command
from harness.printing.repeats import passing_table, repeat_lines
from harness.printing.users import user_lines
from harness.recording.run_folder import RunFolder
from harness.recording.summary import Summary
from harness.running.arm import labelled
from harness.running.order import Order
from harness.running.statistics import Rate, clustered, trials_to_show
from harness.running.tally import RunResult, Tally, blamed, denominator
from harness.running.threshold import Judged

_DOTS_MAX: Final = 20
_NAME_COLUMNS: Final = 7
_WIDE: Final = 62
"""Columns of a terminal that shows steps and seconds, too."""
_STATES: Final = {"met": ("good", "✓", "met"), "missed": ("bad", "✗", "missed"), "open": ("odd", "?", "open")}


def print_start(console: Console, order: Order, planned: int, resumed: int = 0) -> None:
    """Say what is about to happen; `planned` is how many episodes this run, or this share of one, has."""
    trials = order.trials
    some = len(order.scenarios)
    what = (
        f"{some} scenario{'s' * (some != 1)}"
        + (f" × {len(order.arms)} arms" if len(order.arms) > 1 else "")
        + (f" × {trials} trials" if trials > 1 else "")
    )
    beside = f"  [quiet]{order.parallel} at a time[/]" if order.parallel > 1 else ""
    console.print(f"[name]{what}[/]  [quiet]agent[/] {escape(order.agent.spec)}  [quiet]seed[/] {order.seed}{beside}")
    if order.shard is not None:
        whole = some * len(order.arms) * trials
        console.print(f"[quiet]Share {order.shard.number} of {order.shard.of}: {planned} of {whole} episodes.[/]")
    if resumed:
        console.print(f"[quiet]Going on: {resumed} of {planned} episodes have ended.[/]")
    console.print()


def print_episode(console: Console, summary: Summary, name_width: int, trials: int) -> None:
    """One line for an episode that has ended, and why it did not succeed."""
    mark = MARKS[summary.outcome]
    scenario = labelled(summary.scenario, summary.arm)
    name = escape(f"{episode_name(scenario, summary.trial, trials):<{name_width}}")
    steps = f"{summary.steps:>3} {'step ' if summary.steps == 1 else 'steps'}"
    line = f"  [{mark.style}]{mark.sign}[/] {name}  [{mark.style}]{mark.word:<9}[/]  {steps}  {summary.seconds:>5.1f} s"
    console.print(line, overflow="ellipsis", no_wrap=True)
    if summary.note and summary.outcome != "success":
        console.print(Padding(f"[quiet]{escape(summary.note)}[/]", (0, 0, 0, 4), expand=False))


def episode_name(scenario: str, trial: int, trials: int) -> str:
    """A scenario's name, with the trial where there are several."""
    return f"{scenario} #{trial}" if trials > 1 else scenario


def print_result(console: Console, order: Order | None, result: RunResult, judged: Sequence[Judged]) -> None:
    """The table, the denominator, the thresholds, where everything lies, and the next command to try.

    `order` None: the run is shown from its records.
    """
    console.print()
    console.print(result_table(result, console.width))
    console.print()
    passing = passing_table(result)
    if passing is not None:
        console.print(passing)
    for line in [
        *comparison_lines(result), *repeat_lines(result), *_figures(result), *_harm(result), *_missing(result),
    ]:  # fmt: skip
        console.print(line)
    for line in user_lines(result.summaries):
        console.print(line)
    for one in judged:
        console.print(_threshold(one), soft_wrap=True)
    for tally in result.tallies:
        if tally.weak:
            name = escape(tally.scenario)
            console.print(f"[odd]An agent that does nothing passes {name}: its checks prove nothing.[/]")
    for line in lasting_lines(result.tallies):
        console.print(line)
    if order is not None and order.vary_world and any(tally.pinned for tally in result.tallies):
        pinned = sum(tally.pinned for tally in result.tallies)
        console.print(f"[odd]{pinned} of {len(result.tallies)} scenarios pin their world's seed: it did not vary.[/]")
    if result.folder is not None:
        print_places(console, result.folder, next_steps(result))
    for note in end_notes(order.agent) if order is not None else ():
        console.print(f"[quiet]{escape(note)}[/]", soft_wrap=True)


def lasting_lines(tallies: Sequence[Tally]) -> Iterator[str]:
    """What makes the trials of a scenario depend on each other, so that no interval holds."""
    for tally in tallies:
        if tally.lasting and tally.planned > 1:
            servers = f"{escape(', '.join(tally.lasting))} {'keep' if len(tally.lasting) > 1 else 'keeps'}"
            words = "what earlier trials left: they are not independent, and the interval is too narrow."
            yield f"[odd]{escape(tally.scenario)}: {servers} {words}[/]"


def result_table(result: RunResult, columns: int) -> Table:
    """One row for each scenario, and their sum; a narrow terminal has room for names and rates alone."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    table.add_column("scenario", overflow="fold", min_width=_NAME_COLUMNS)
    table.add_column("trials")
    for title in ("success", "95 %", "steps", "seconds"):
        table.add_column(title, justify="right", no_wrap=True)
    arms = list(dict.fromkeys(tally.arm for tally in result.tallies))
    for arm in arms:
        group = [tally for tally in result.tallies if tally.arm == arm]
        _add_group(table, arm, group)
    if len(arms) == 1 and len(result.tallies) > 1:
        table.add_section()
        table.add_row("all", "", *_rate(result.success), "", "")
    if columns < _WIDE:
        del table.columns[4:]
    return table


def _add_group(table: Table, arm: str, tallies: Sequence[Tally]) -> None:
    """The rows of one arm, under its name and its rate."""
    if arm:
        table.add_section()
        rate = clustered([tally.cell for tally in tallies])
        table.add_row(Text(f"faults {arm}", "name"), "", *_rate(rate), "", "")
    for tally in tallies:
        name = Text(f"  {tally.scenario}" if arm else tally.scenario)
        table.add_row(name, dots(tally), *_rate(tally.success), f"{tally.steps:g}", f"{tally.seconds:.1f}")


def dots(tally: Tally) -> Text:
    """One mark for each trial, a point for one that did not run; many trials are counted instead."""
    outcomes = tally.outcomes
    missing = tally.planned - len(outcomes)
    if tally.planned <= _DOTS_MAX:
        marks = [(MARKS[outcome].sign, MARKS[outcome].style) for outcome in outcomes]
        return Text.assemble(*marks, ("·" * missing, "quiet"))
    counts = Counter(outcomes)
    parts = [(f"{counts[name]}{mark.sign} ", mark.style) for name, mark in MARKS.items() if counts[name]]
    return Text.assemble(*parts, (f"{missing}·" if missing else "", "quiet"))


def _figures(result: RunResult) -> list[str]:
    """The medians of what was measured."""
    medians = {name: value for name, value in result.figures.items() if name not in ("success", "task_success")}
    told = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in medians.items())
    return [f"Medians: {told}"] if len(medians) > 1 else []


def _harm(result: RunResult) -> list[str]:
    """Safety violations and collateral, by how many episodes did them."""
    violated = Counter(name for summary in result.summaries for name in set(summary.violations))
    spoiled = [summary.collateral for summary in result.summaries if summary.collateral]
    lines = []
    if violated:
        told = ", ".join(f"{escape(name)} in {_episodes(count)}" for name, count in violated.most_common())
        lines.append(f"[bad]▲ Harm: {told}.[/]")
    if spoiled:
        lines.append(
            f"[bad]Collateral in {_episodes(len(spoiled))}: {sum(spoiled)} things changed that should have stayed.[/]"
        )
    return lines


def _episodes(count: int) -> str:
    return f"{count} episode{'s' * (count != 1)}"


def _missing(result: RunResult) -> list[str]:
    """How many of the planned episodes count, why the others do not, and whose fault it was."""
    found = denominator(result.tallies)
    invalid = sum(found.invalid.values())
    ended = found.valid + invalid
    causes = ", ".join(f"{count} {cause.replace('_', ' ')}" for cause, count in found.invalid.items())
    told = f"{ended} of {found.planned} planned episodes ended, {invalid} invalid" + (f" ({causes})" if causes else "")
    told += f", {found.lost} lost" if found.lost else ""
    told += f", {found.not_run} not run" if found.not_run else ""
    lines = [told + ("; interrupted." if result.interrupted else ".")]
    if found.missing and found.valid:
        lines.append(
            f"With those that do not count, the success rate is between {found.low * 100:.0f} "
            f"and {found.high * 100:.0f} %."
        )
    if result.broken:
        lines.append(f"[bad]The run broke off: {escape(result.broken)}.[/]")
    lines += budget_lines(result)
    blame = blamed(result.tallies)
    if blame and set(blame) != {"agent"}:
        lines.append("Blame: " + ", ".join(f"{who} {count}" for who, count in blame.items()) + ".")
    return lines


def budget_lines(result: RunResult) -> Iterator[str]:
    """How often episodes were tried again, what was used of a budget, and whether it ended the run."""
    if result.tried_again:
        some = "attempt was" if result.tried_again == 1 else "attempts were"
        yield f"{result.tried_again} earlier {some} put away: no agent's failure is tried again."
    if result.stopped:
        yield f"[odd]The budget ended the run: {escape(result.stopped)}. Go on with a larger --budget.[/]"
    elif result.spent:
        yield f"Budget: {escape(result.spent)}."


def _threshold(judged: Judged) -> str:
    style, sign, word = _STATES[judged.state]
    value = "no episode counts" if judged.value is None else f"{judged.value:.3g}"
    where = f" in {escape(judged.place)}" if judged.place else ""
    text = escape(judged.threshold.text)
    more = "; the missing episodes could turn it" if judged.state == "open" else _hope(judged)
    return f"[{style}]{sign}[/] {text}  [{style}]{word}[/][quiet]: {value}{where}{more}[/]"


def _hope(judged: Judged) -> str:
    """How many trials would show that the rate is above a bound, where it is and the interval is too wide."""
    rule = judged.threshold
    if judged.state != "missed" or rule.figure != "success.low" or not rule.relation.startswith(">"):
        return ""
    trials = trials_to_show(judged.success, rule.bound) if judged.success > rule.bound else None
    return f"; at the present rate of {judged.success:.0%}, about {trials} episodes would show it" if trials else ""


def print_places(console: Console, folder: RunFolder, steps: Sequence[Sequence[str | Path]]) -> None:
    """Where the trajectories lie, and commands that a person may want to type now."""
    console.print(f"Trajectories: [where]{escape(str(folder.path / 'episodes'))}[/]", soft_wrap=True)
    for number, words in enumerate(steps):
        command = shlex.join([own_command(), *map(str, words)])
        console.print(f"{'Next:' if number == 0 else '     '} [name]{escape(command)}[/]", soft_wrap=True)


def _rate(rate: Rate) -> tuple[str, str]:
    if not rate.trials:
        return "-", "-"
    return f"{rate.successes}/{rate.trials}", f"{rate.low * 100:.0f} to {rate.high * 100:.0f} %"
