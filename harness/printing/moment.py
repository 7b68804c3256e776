"""How a moment of a recorded episode looks on paper, and closer looks at it."""

from collections.abc import Sequence
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.printing.change import change_line
from harness.recording.moment import Moment

CHANGES_MAX: Final = 60
ROWS_MAX: Final = 200


def tell_moment(console: Console, moment: Moment, *, whole: bool) -> None:
    """Print which step it was and what differed from the start by then."""
    opening, step = moment.trajectory.opening, moment.step
    count = len(moment.trajectory.steps)
    console.print(f"[name]{escape(opening.scenario)}[/]  [quiet]trial[/] {opening.trial}  [quiet]{moment.time}[/]")
    if step is None:
        console.print(f"Before the first of {count} steps.")
    else:
        name = escape(f"{step.action.server}.{step.action.tool}")
        console.print(f"After step {step.step_number} of {count}: [where]{name}[/]")
    changes = moment.changes()
    console.print()
    console.print("Nothing differs from the start." if not changes else "Since the start:")
    shown = changes if whole else changes[:CHANGES_MAX]
    for change in shown:
        console.print(f"  {change_line(change.to_json())}", soft_wrap=True)
    if len(shown) < len(changes):
        console.print(f"  [quiet]… and {len(changes) - len(shown)} more; --whole shows all[/]")


def tell_rows(console: Console, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, whole: bool) -> None:
    """Print the answer of a query as a table."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(escape(column), overflow="fold")
    shown = rows if whole else rows[:ROWS_MAX]
    for row in shown:
        table.add_row(*("[quiet]NULL[/]" if value is None else escape(str(value)) for value in row))
    console.print(table)
    if len(shown) < len(rows):
        console.print(f"[quiet]… and {len(rows) - len(shown)} more rows; --whole shows all[/]")
