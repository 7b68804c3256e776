"""How an episode ended, as a person would want to read it: answer, checks, stations, harm, figures, verdict."""

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from harness.findings import CheckResult, Collateral, Milestone, Violation
from harness.printing.marks import MARKS
from harness.trajectory import Closing, Undoing, Usage

_UNDOING: Final[dict[Undoing, str]] = {
    "client_died": "its client died",
    "gave_up": "it gave up",
    "wrong": "it was wrong",
}


def tell_closing(console: Console, closing: Closing) -> None:
    """Print the end of an episode, its verdict last."""
    console.print()
    if closing.departure.answer is not None:
        console.print(Padding(f"[quiet]answer[/] {escape(closing.departure.answer)}", (0, 0, 1, 2), expand=False))
    for title, lines in (
        ("", [_check(check, counts=closing.outcome != "invalid") for check in closing.checks]),
        ("on the way", [_milestone(milestone) for milestone in closing.milestones]),
        ("changed what it may not", [_collateral(each) for each in closing.collateral]),
        ("must never happen, and did", [_violation(each) for each in closing.violations]),
    ):
        _tell_block(console, title, lines)
    for line in _figures(closing):
        console.print(line, soft_wrap=True)
    mark = MARKS[closing.outcome]
    blame = f"  [quiet]blame[/] {closing.blame}" if closing.blame else ""
    blame += f"[quiet], {_UNDOING[closing.undoing]}[/]" if closing.undoing else ""
    cause = f"  [quiet]cause[/] {closing.cause}" if closing.cause else ""
    note = f"  [quiet]{escape(closing.note)}[/]" if closing.note else ""
    console.print(f"[{mark.style}]{mark.sign} {closing.outcome}[/]{cause}{blame}{note}", soft_wrap=True)


def _tell_block(console: Console, title: str, lines: list[str]) -> None:
    if not lines:
        return
    if title:
        console.print(f"  [quiet]{title}[/]")
    for line in lines:
        console.print(Padding(line, (0, 0, 0, 2), expand=False))
    console.print()


def _check(check: CheckResult, *, counts: bool) -> str:
    """One check; what was found of an episode that does not count is neither passed nor failed."""
    sign = {"passed": "[good]✓[/]", "failed": "[bad]✗[/]", "ungradable": "[odd]?[/]"}[check.verdict]
    if not counts and check.verdict != "ungradable":
        sign = "[quiet]·[/]"
    if check.verdict == "passed":
        return f"{sign} {escape(check.name)}"
    expected = f"  [quiet]expected[/] {escape(check.expected)}" if check.expected else ""
    return f"{sign} {escape(check.name)}{expected}  [quiet]found[/] {escape(check.found)}"


def _milestone(milestone: Milestone) -> str:
    reached = milestone.step is not None
    when = f"after step {milestone.step}" if reached else "never"
    sign = "[good]●[/]" if reached else "[quiet]○[/]"
    return f"{sign} {escape(milestone.name)}  [quiet]{when}, worth {milestone.worth:g}[/]"


def _collateral(each: Collateral) -> str:
    columns = f" ({', '.join(each.columns)})" if each.columns else ""
    steps = f"  [quiet]step {', '.join(map(str, each.steps))}[/]" if each.steps else ""
    note = f"  [quiet]{escape(each.note)}[/]" if each.note else ""
    return f"[bad]![/] {escape(each.path)} {each.kind}{escape(columns)}{steps}{note}"


def _violation(each: Violation) -> str:
    when = f"  [quiet]after step {each.step}[/]" if each.step is not None else ""
    return f"[bad]▲[/] {escape(each.name)}{when}  {escape(each.found)}"


def _figures(closing: Closing) -> Iterator[str]:
    """Reward and its parts, tokens and times."""
    measured = {name: each.value for name, each in closing.figures.items() if name != "reward"}
    parts = [f"{name} {value:.2f}" for name, value in measured.items() if value is not None]
    if closing.reward is not None:
        told = f"  [quiet]{escape(', '.join(parts))}[/]" if parts else ""
        yield f"  [quiet]reward[/] {closing.reward:.2f}{told}"
    if closing.usage is not None:
        yield f"  [quiet]tokens[/] {_tokens(closing.usage)}"
    steps = f"{closing.steps} step{'s' * (closing.steps != 1)}"
    if closing.user_turns:
        faults = ", ".join(closing.user_faults) or "none"
        yield f"  [quiet]user[/] {closing.user_turns} messages  [quiet]faults[/] {escape(faults)}"
    yield f"  [quiet]took[/] {steps}, {closing.world_seconds:g} s of world time, {closing.wall_seconds:.1f} s"
    yield ""


def _tokens(usage: Usage) -> str:
    about = "about " if usage.estimated else ""
    requests = f"{usage.requests} request{'s' * (usage.requests != 1)}"
    return f"{about}{usage.total_tokens:,} ({usage.input_tokens:,} in, {usage.output_tokens:,} out, {requests})"
