"""How the first difference of two episodes looks on paper: both sides beside each other."""

from collections.abc import Mapping
from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from harness.printing.change import change_line
from harness.printing.marks import MARKS
from harness.printing.story import TEXT_MAX, answer_of, cut, written
from harness.recording.divergence import Divergence
from harness.trajectory import Step, Trajectory

_KINDS: Final = {
    "start": "The worlds begin in different states.",
    "action": "At step {step} they do different things.",
    "result": "At step {step} they do the same and are answered differently.",
    "state": "At step {step} they do the same, are answered the same, and leave different worlds.",
    "nothing": "One of them does nothing.",
    "length": "They are the same up to step {before}; then one goes on.",
}
_NAMES: Final = ("A", "B")


def tell_divergence(
    console: Console, sides: tuple[Trajectory, Trajectory], found: Divergence | None, *, whole: bool
) -> None:
    """Print who is compared, where they part, what both had been told by then, and what each did."""
    for name, trajectory in zip(_NAMES, sides, strict=True):
        console.print(_head(name, trajectory), soft_wrap=True)
    console.print()
    if found is None:
        count = len(sides[0].steps)
        console.print(f"[good]●[/] They do the same in {'all' if count else 'no'} {count} steps.")
        return
    kind = "nothing" if found.kind == "length" and found.step == 1 else found.kind
    console.print(f"[bad]○[/] {_KINDS[kind].format(step=found.step, before=found.step - 1)}")
    text_max = None if whole else TEXT_MAX
    if found.observation:
        title = "the task" if found.step == 1 else f"told after step {found.step - 1}"
        console.print(Padding(f"[quiet]{title}[/] {escape(cut(found.observation, text_max))}", (0, 0, 0, 2)))
    console.print()
    console.print(_beside(found, sides, text_max))


def _head(name: str, trajectory: Trajectory) -> str:
    opening = trajectory.opening
    mark = MARKS[trajectory.outcome or "lost"]
    return (
        f"[name]{name}[/]  {escape(opening.scenario)}  [quiet]trial[/] {opening.trial}  [quiet]agent[/] "
        f"{escape(opening.agent.spec)}  {len(trajectory.steps)} steps  [{mark.style}]{mark.sign} {mark.word}[/]"
    )


def _beside(found: Divergence, sides: tuple[Trajectory, Trajectory], text_max: int | None) -> Table:
    """Both sides as columns, a row for each thing that can be told of a step."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, expand=False)
    table.add_column("")
    for name in _NAMES:
        table.add_column(name, overflow="fold", ratio=1)
    steps = (found.one, found.other)
    columns = [_told(step, side, text_max, started=found.step > 0) for step, side in zip(steps, sides, strict=True)]
    for key in dict.fromkeys(key for column in columns for key in column):
        cells = [column.get(key, "") for column in columns]
        if cells[0] != cells[1] and key not in ("thought", "changes"):
            cells = [f"[odd]{cell}[/]" if cell else "" for cell in cells]
        table.add_row(f"[quiet]{escape(key)}[/]", *cells)
    return table


def _told(step: Step | None, side: Trajectory, text_max: int | None, *, started: bool) -> dict[str, str]:
    """What can be told of one side, as markup."""
    if step is None:
        return {"does": "nothing more"} if started else {"world": side.opening.start_digest[:16]}
    told = {"thought": f"[italic]{escape(cut(step.thought, text_max))}[/]"} if step.thought else {}
    told["does"] = escape(f"{step.action.server}.{step.action.tool}")
    given = step.action.arguments
    if isinstance(given, Mapping):
        told |= {f"  {key}": escape(cut(written(value), text_max)) for key, value in given.items()}
    elif given is not None:
        told["  arguments"] = escape(cut(written(given), text_max))
    told["is told"] = escape(cut(answer_of(step), text_max))
    told["changes"] = "\n".join(map(change_line, step.changes[:12])) or "nothing"
    told["world"] = step.world_state_hash[:16]
    return told
