"""How arms differ, in a line for each."""

from collections.abc import Iterator

from rich.markup import escape

from harness.running.comparison import Comparison, compared
from harness.running.statistics import Rate
from harness.running.tally import RunResult


def comparison_lines(result: RunResult) -> Iterator[str]:
    """A line for each arm but the first; none where nothing is compared."""
    for found in compared(result.tallies):
        if found.against:
            yield _line(found)


def _line(found: Comparison) -> str:
    arms = f"[name]{escape(found.arm)}[/] against [name]{escape(found.against)}[/]"
    if not found.pairs:
        return f"{arms}: no pair of episodes counts in both."
    turns = found.broke + found.mended
    if not turns:
        return f"{arms}: none of {found.pairs} pairs came to something else [quiet]({_span(found.flipped)})[/]."
    told = [f"[bad]{found.broke} no longer succeed[/]"] * bool(found.broke)
    told += [f"[good]{found.mended} succeed only here[/]"] * bool(found.mended)
    return f"{arms}: {turns} of {found.pairs} pairs flipped [quiet]({_span(found.flipped)})[/], {', '.join(told)}."


def _span(rate: Rate) -> str:
    return f"{rate.low * 100:.0f} to {rate.high * 100:.0f} %"
