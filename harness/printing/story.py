"""One trajectory as a person would want to read it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from harness.script import result_text
from harness.trajectory import Closing, Opening, Step, Trajectory

TEXT_MAX: Final = 600
_STYLES: Final = {"success": "good", "invalid": "odd"}


def tell(console: Console, trajectory: Trajectory, *, whole: bool = False) -> None:
    """Print the task, each step with what it changed, and the verdict with every check."""
    _tell_opening(console, trajectory.opening)
    for step in trajectory.steps:
        _tell_step(console, step, None if whole else TEXT_MAX)
    if trajectory.closing is None:
        console.print("[odd]The recording ends here: the run was killed, or goes on.[/]")
    else:
        _tell_closing(console, trajectory.closing)


def _tell_opening(console: Console, opening: Opening) -> None:
    console.print(f"[name]{opening.scenario}[/]  [quiet]trial[/] {opening.trial}  [quiet]id[/] {opening.trajectory_id}")
    seeds = ", ".join(f"{name} {seed}" for name, seed in opening.seeds.model_dump().items())
    console.print(f"[quiet]agent[/] {escape(opening.agent.spec)}", soft_wrap=True)
    console.print(f"[quiet]seeds[/] {seeds}  [quiet]isolation[/] {opening.isolation}")
    console.print()
    console.print(Padding(escape(opening.task.strip()), (0, 0, 1, 2), expand=False))


def _tell_step(console: Console, step: Step, text_max: int | None) -> None:
    action = step.action
    style = "bad" if step.failed else "where"
    name = escape(f"{action.server}.{action.tool}")
    console.print(f"[{style}]{step.step_number:>3}  {name}[/]  [quiet]{step.world_time}[/]")
    if step.thought:
        console.print(_below(f"[italic]{escape(step.thought)}[/]"))
    given = action.arguments if isinstance(action.arguments, Mapping) else {"": action.arguments}
    for key, value in given.items():
        console.print(_below(f"[quiet]{escape(str(key))}:[/] {escape(_cut(_written(value), text_max))}"))
    console.print(_below(f"[{'bad' if step.failed else 'quiet'}]→[/] {escape(_cut(_answer(step), text_max))}"))
    for change in step.changes:
        by = "" if change["actors"] == ["agent"] else f" by {', '.join(change['actors'])}"
        console.print(_below(f"[odd]Δ {escape(change['path'])} {change['kind']}{by}[/]"))


def _tell_closing(console: Console, closing: Closing) -> None:
    console.print()
    if closing.departure.answer is not None:
        console.print(Padding(f"[quiet]answer:[/] {escape(closing.departure.answer)}", (0, 0, 1, 2), expand=False))
    for check in closing.checks:
        good = check.verdict == "passed"
        told = "" if good else f"  [quiet]expected[/] {escape(check.expected)}  [quiet]found[/] {escape(check.found)}"
        console.print(f"  {'[good]✓[/]' if good else '[bad]✗[/]'} {check.name}{told}", soft_wrap=True)
    style = _STYLES.get(closing.outcome, "bad")
    blame = f"  [quiet]blame:[/] {closing.blame}" if closing.blame else ""
    console.print()
    console.print(f"[{style}]{closing.outcome}[/]{blame}  [quiet]{escape(closing.note)}[/]", soft_wrap=True)


def _below(text: str) -> Padding:
    return Padding(text.rstrip(), (0, 0, 0, 5), expand=False)


def _answer(step: Step) -> str:
    error = step.result.get("error")
    if isinstance(error, Mapping):
        return f"error {error.get('code')}: {error.get('message')}"
    result = step.result.get("result") or {}
    return result_text(result) or _written(result)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str, text_max: int | None) -> str:
    if text_max is None or len(text) <= text_max:
        return text
    return f"{text[:text_max]}… ({len(text) - text_max} more characters)"
