"""What `soundstage blame` found, for people and for programs."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from harness.printing.marks import MARKS
from harness.proving.blaming import Blamed, Hit
from harness.trajectory import Outcome, Trajectory


def tell_blame(console: Console, trajectory: Trajectory, found: Blamed) -> None:
    """Print each try and what it came to, then whose fault it was."""
    opening, closing = trajectory.opening, trajectory.closing
    note = f"  [quiet]{escape(closing.note)}[/]" if closing else ""
    console.print(f"[name]{escape(opening.scenario)}[/]  {_mark(trajectory.outcome)}{note}", soft_wrap=True)
    console.print(f"[quiet]played again {found.played} times by[/] {escape(found.agent)}\n", soft_wrap=True)
    console.print(f"  {_mark(found.again)}  [quiet]with every fault, as it was[/]")
    if found.without is not None:
        console.print(f"  {_mark(found.without)}  [quiet]without any fault[/]")
    for each in found.removed:
        needed = "  [bad]the failure needs it[/]" if each.flips else ""
        console.print(f"  {_mark(each.outcome)}  [quiet]without[/] {_named(each.hit)}{needed}", soft_wrap=True)
    if found.untried:
        console.print(f"  [quiet]not tried: without each of {found.untried} others (--plays)[/]", soft_wrap=True)
    if found.smallest:
        title = (
            "The fewest faults that make it fail"
            if found.is_least
            else "Faults that make it fail; fewer may do, which was not tried (--plays)"
        )
        console.print(f"\n[quiet]{title}:[/]")
        for hit in found.smallest:
            console.print(f"  [odd]⚡[/] {_named(hit)}", soft_wrap=True)
    console.print(f"\nBlame: [name]{found.by}[/]  [quiet]{escape(found.why)}[/]", soft_wrap=True)


def as_json(trajectory: Trajectory, found: Blamed) -> dict[str, Any]:
    """The same for programs."""
    return {
        "trajectory_id": trajectory.opening.trajectory_id,
        "scenario": trajectory.opening.scenario,
        "outcome": trajectory.outcome,
        "played_by": found.agent,
        "played": found.played,
        "with_all": found.again,
        "without_all": found.without,
        "removed": [{**_hit(each.hit), "outcome": each.outcome, "flips": each.flips} for each in found.removed],
        "untried": found.untried,
        "smallest": [_hit(hit) for hit in found.smallest],
        "is_least": found.is_least,
        "blame": found.by,
        "why": found.why,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    firing = hit.firing
    return {"step": hit.step, "rule": firing.rule, "fault": hit.fault, "tool": firing.tool, "attempt": firing.attempt}


def _mark(outcome: Outcome | None) -> str:
    mark = MARKS[outcome or "lost"]
    return f"[{mark.style}]{mark.sign} {mark.word:<9}[/]"


def _named(hit: Hit) -> str:
    return f"{escape(hit.firing.rule)} [quiet]{escape(hit.fault)} at step {hit.step},[/] {escape(hit.firing.tool)}"
