"""How two runs compare, on paper: where they differ, by how much, and whether that shows anything."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.comparing.compared import Compared, Row
from harness.comparing.side import Side
from harness.estimating.distributions import ALPHA
from harness.printing.compared_words import Scale, chance, conclusion, scale_of
from harness.printing.count import counted
from harness.running.arm import labelled

_ROWS_MAX: Final = 60
"""With more scenarios only those that differ are told, one line each."""


def print_compared(console: Console, found: Compared) -> None:
    """Both runs, a row for each scenario, and what follows."""
    scale = scale_of(found.metric)
    for letter, side in (("A", found.one), ("B", found.other)):
        console.print(_side(letter, side), soft_wrap=True)
    console.print()
    odd = list(_odd_lines(found))
    for line in [*odd, ""] if odd else []:
        console.print(line, soft_wrap=True)
    console.print(_table(found, scale))
    console.print()
    for line in (*_figures(found, scale), *_sources(found)):
        console.print(line, soft_wrap=True)
    console.print()
    console.print(_styled(found, conclusion(found, scale)), soft_wrap=True)


def _side(letter: str, side: Side) -> str:
    agent = f"  [quiet]agent[/] {escape(side.agent)}" if side.agent else ""
    return f"[name]{letter}[/]  {escape(side.name)}{agent}"


def _odd_lines(found: Compared) -> Iterator[str]:
    """What keeps pairs from being alike."""
    pairing = found.pairing
    if pairing.crossed:
        arms = [escape(arm) or "the scenarios' own faults" for arm in pairing.crossed]
        yield f"[odd]The faults differ: {arms[0]} in A, {arms[1]} in B.[/]"
    if pairing.changed:
        names = escape(", ".join(pairing.changed[:5])) + (", ..." if len(pairing.changed) > 5 else "")
        yield f"[odd]{counted(len(pairing.changed), 'scenario')} changed between the runs: {names}.[/]"
    if pairing.unproven:
        yield "[odd]Whether the scenarios are the same is not known: a run in memory keeps no hashes.[/]"
    if pairing.reseeded:
        yield f"[odd]{counted(pairing.reseeded, 'pair')} met other seeds: chance differs as well as the agent.[/]"
    if pairing.alone_one or pairing.alone_other:
        yield f"[quiet]Left out, without a partner: {pairing.alone_one} of A, {pairing.alone_other} of B.[/]"
    missing = len(pairing.pairs) - len(found.values)
    if missing:
        yield f"[quiet]Left out, not counting or not measured in one of the runs: {counted(missing, 'pair')}.[/]"


def _table(found: Compared, scale: Scale) -> Table:
    """A row for each scenario, the sum last; of very many scenarios only those that differ."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    table.add_column("scenario", overflow="fold")
    for title in ("pairs", "A", "B", "B - A", "better", "worse", "p"):
        table.add_column(title, justify="right", no_wrap=True)
    rows = [row for row in found.rows if row.values]
    told = rows if len(rows) <= _ROWS_MAX else [row for row in rows if row.better or row.worse]
    for row in told:
        table.add_row(*_cells(row, scale), style="" if row.better or row.worse else "quiet")
    if len(told) < len(rows):
        table.add_row(Text(f"and {len(rows) - len(told)} scenarios without a difference", "quiet"))
    if len(rows) > 1:
        table.add_section()
        table.add_row("all", *_sums(found, scale))
    return table


def _cells(row: Row, scale: Scale) -> list[str | Text]:
    name = escape(labelled(row.scenario, row.arm)) + (" [odd](changed)[/]" if row.changed else "")
    gap = scale.gap(row.other - row.one)
    return [
        name, str(len(row.values)), scale.value(row.one), scale.value(row.other), gap,
        _count(row.better, "good"), _count(row.worse, "bad"), _p(row.test.p, row.better + row.worse),
    ]  # fmt: skip


def _sums(found: Compared, scale: Scale) -> list[str | Text]:
    one, other = means(found.values)
    return [
        str(len(found.values)), scale.value(one), scale.value(other), scale.gap(found.difference.value),
        _count(found.better, "good"), _count(found.worse, "bad"), _p(found.test.p, found.better + found.worse),
    ]  # fmt: skip


def means(values: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The means of both runs; 0 where nothing counts."""
    count = max(1, len(values))
    return sum(one for one, _ in values) / count, sum(other for _, other in values) / count


def _figures(found: Compared, scale: Scale) -> Iterator[str]:
    gap, test = found.difference, found.test
    if not found.values:
        return
    yield (
        f"[name]{escape(found.metric.name)}[/]: B - A is {scale.gap(gap.value)}, "
        f"95 % {scale.gap(gap.low).removesuffix(' points')} to {scale.gap(gap.high)} [quiet]({gap.method})[/]."
    )
    families = found.family_test
    yield f"On these scenarios: p {chance(test.p)} [quiet]({test.name}, {counted(len(found.values), 'pair')})[/]."
    yield f"On scenarios like these: p {chance(families.p)} [quiet]({families.name}, families as units)[/]."
    least = found.sensitivity
    told = "none at all: there are too few pairs" if least.smallest is None else f"{scale.size(least.smallest)} or more"
    yield f"Smallest difference that it could have seen: {told} [quiet]({least.method})[/]."


def _sources(found: Compared) -> Iterator[str]:
    """Where single episodes differ from, and the noise of an agent that met itself."""
    if found.variance is not None and found.variance.total:
        parts = ", ".join(f"{name} {share * 100:.0f} %" for name, share in found.variance.parts.items())
        yield f"Variance by source: {parts} [quiet]({found.variance.method})[/]."
    for letter, side in (("A", found.one), ("B", found.other)):
        flaky = [labelled(tally.scenario, tally.arm) for tally in side.result.flaky]
        if flaky:
            names = escape(", ".join(flaky[:5])) + (", ..." if len(flaky) > 5 else "")
            yield f"[odd]◑[/] Flaky in {letter}: {names}."
    flips = found.better + found.worse
    if found.one.agent and found.one.agent == found.other.agent and not found.pairing.reseeded and flips:
        yield f"The same agent on the same seeds came to something else in {flips} of {len(found.values)} pairs."


def _styled(found: Compared, words: str) -> str:
    sign, style = {"better": ("▲", "good"), "worse": ("▼", "bad"), "nothing": ("=", "odd")}[found.shown]
    return f"[{style}]{sign} {escape(words)}[/]"


def _count(count: int, style: str) -> Text:
    return Text(str(count), style if count else "quiet")


def _p(p: float, moved: int) -> Text:
    return Text(chance(p).removeprefix("= "), "name" if p < ALPHA else "quiet") if moved else Text("-", "quiet")
