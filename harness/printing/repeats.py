"""What several trials of each scenario say together: chances of passing, who is flaky, where outcomes differ from."""

from collections.abc import Iterator, Mapping
from typing import Final

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.estimating.estimate import Estimate
from harness.running.arm import labelled
from harness.running.tally import RunResult

_COLUMNS_MAX: Final = 5
_NAMES_MAX: Final = 5


def passing_table(result: RunResult) -> Table | None:
    """`pass@k` and `pass^k` with their intervals; None where there is one trial, or no mixed outcomes."""
    cells = [cell for cell in result.cells if cell.trials]
    mixed = 0 < sum(cell.successes for cell in cells) < sum(cell.trials for cell in cells)
    if not mixed or min(cell.trials for cell in cells) < 2:
        return None
    rows = {"pass@k": result.pass_at, "pass^k": result.pass_all}
    each = list(rows["pass@k"])
    each = each if len(each) <= _COLUMNS_MAX else [*each[: _COLUMNS_MAX - 1], each[-1]]
    table = Table.grid(padding=(0, 3, 0, 0))
    for name, found in rows.items():
        table.add_row(Text(name), *(_cell(k, found) for k in each))
    return table


def repeat_lines(result: RunResult) -> Iterator[str]:
    """Which scenarios did not always end the same, and what the variance of success comes from."""
    flaky = result.flaky
    if flaky:
        names = [f"{labelled(tally.scenario, tally.arm)} ({tally.successes} of {tally.valid})" for tally in flaky]
        more = f" and {len(names) - _NAMES_MAX} more" if len(names) > _NAMES_MAX else ""
        yield f"[odd]◑ Flaky: {escape(', '.join(names[:_NAMES_MAX]))}{more}.[/]"
    split = result.variance
    if split is not None and split.total:
        parts = ", ".join(f"{name} {share * 100:.0f} %" for name, share in split.parts.items())
        yield f"Variance of success: {parts} [quiet]({split.method})[/]."


def _cell(k: int, found: Mapping[int, Estimate]) -> Text:
    one = found[k]
    told = f"{one.value * 100:.0f} %"
    return Text.assemble((f"{k}: ", "quiet"), told, (f" ({one.low * 100:.0f} to {one.high * 100:.0f})", "quiet"))
