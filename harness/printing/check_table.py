"""How a check of scenarios looks: a matrix of scenarios and members of the panel, then findings and what to do."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.proving.advice import Advice
from harness.proving.panel import Member
from harness.proving.soundness import Report

_WORDS: Final = {
    "success": "passes",
    "failure": "fails",
    "timeout": "times out",
    "safety_violation": "does harm",
    "invalid": "invalid",
}
_SIGNS: Final = {"wrong": ("bad", "✗"), "weak": ("odd", "!"), "note": ("quiet", "·")}


@contextmanager
def trying(console: Console, count: int, *, quiet: bool) -> Iterator[Callable[[Report], None]]:
    """While scenarios are tried: on a terminal a line that says how far it is."""
    if quiet or not console.is_terminal:
        yield lambda report: None
        return
    seen: list[Report] = []
    with console.status(f"trying 1 of {count} ...") as status:

        def done(report: Report) -> None:
            seen.append(report)
            status.update(f"trying {min(len(seen) + 1, count)} of {count} ...")

        yield done


def print_matrix(console: Console, reports: Sequence[Report]) -> None:
    """One row for each scenario: what each member should come to stands above, what it came to below."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    table.add_column("  scenario", overflow="fold")
    for member in reports[0].members:
        should = "must pass" if member.expected == "success" else "must fail"
        table.add_column(Text.assemble(member.title, "\n", (should, "quiet")), no_wrap=True)
    for report in reports:
        mark = ("● ", "good") if report.sound else ("○ ", "bad")
        table.add_row(Text.assemble(mark, report.scenario.name), *map(_cell, report.members))
    console.print(table)
    console.print()


def print_sum(console: Console, reports: Sequence[Report], written: Sequence[str]) -> None:
    """How many can be trusted, and where that was written down."""
    sound = sum(report.sound for report in reports)
    stale = sum(bool(report.differences) for report in reports)
    what = f"{sound} of {len(reports)} scenario{'s' * (len(reports) != 1)} sound"
    told = f"{what}, {stale} not as locked" if stale else what
    console.print(f"[{'good' if sound == len(reports) and not stale else 'bad'}]{told}.[/]")
    for path in written:
        console.print(f"[quiet]Locked in[/] [where]{escape(path)}[/]", soft_wrap=True)


def print_report(console: Console, report: Report) -> None:
    """The findings on one scenario, if there are any."""
    advice = list(report.advice)
    if not advice and not report.differences:
        return
    console.print(f"[name]{escape(report.scenario.name)}[/]  [quiet]{escape(report.scenario.file)}[/]", soft_wrap=True)
    for one in advice:
        _print_advice(console, one)
    if report.differences:
        told = "; ".join(report.differences)
        _print_advice(
            console, Advice("wrong", f"not as its lock file says: {told}", "if that is meant, write it anew: --update")
        )
    console.print()


def as_json(reports: Sequence[Report], written: Sequence[str], exit_code: int) -> dict[str, Any]:
    """All that the matrix and the findings say, for programs."""
    return {"scenarios": [_report(report) for report in reports], "locked": list(written), "exit_code": exit_code}


def _cell(member: Member) -> Text:
    if member.got == "absent":
        return Text("-", "quiet") if member.right else Text("✗ none", "bad")
    count = len(member.plays)
    alike = sum((play.trajectory.outcome == "success") is (member.got == "success") for play in member.plays)
    more = "" if count == 1 else f" ×{count}" if alike == count else f" {alike}/{count}"
    sign = ("✓ ", "good") if member.right else ("✗ ", "bad")
    return Text.assemble(sign, _WORDS[member.got], (more, "quiet"))


def _print_advice(console: Console, advice: Advice) -> None:
    style, sign = _SIGNS[advice.weight]
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(" ", Text(sign, style), Text(advice.what))
    if advice.do:
        grid.add_row("", "", Text(advice.do, "quiet"))
    console.print(grid)
    for line in advice.lines:
        console.print(Text(f"      {line}", "where"), soft_wrap=True)


def _report(report: Report) -> dict[str, Any]:
    proposal = report.proposal
    return {
        "scenario": report.scenario.name,
        "file": report.scenario.file,
        "hash": report.scenario.hash,
        "sound": report.sound,
        "panel": {member.name: _member(member) for member in report.members},
        "advice": [
            {"weight": one.weight, "what": one.what, "do": one.do, "lines": list(one.lines)} for one in report.advice
        ],
        "may_change": [dict(entry) for entry in proposal.may_change] if proposal else None,
        "volatile": list(proposal.volatile) if proposal else None,
        "differences": list(report.differences),
        "locked_before": report.is_locked,
    }


def _member(member: Member) -> dict[str, Any]:
    return {
        "expected": member.expected,
        "got": member.got,
        "right": member.right,
        "episodes": [
            {
                "what": play.agent.words or None,
                "outcome": play.trajectory.outcome,
                "note": play.trajectory.closing.note if play.trajectory.closing else "",
            }
            for play in member.plays
        ],
    }
