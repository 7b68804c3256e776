"""How a replay looks on paper."""

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from harness.printing.marks import MARKS
from harness.printing.own_command import own_command
from harness.recording.continuing import Continued
from harness.recording.repeat import Mismatch
from harness.recording.replaying import Replayed
from harness.trajectory import Trajectory

_KINDS = {
    "start": "the world begins in another state",
    "result": "the answer differs",
    "state": "the world is in another state afterwards",
    "ledger": "what was noted of it differs",
    "server": "there is no such server",
}


def tell_replayed(console: Console, trajectory: Trajectory, found: Replayed, *, changed: bool) -> None:
    """Say whether a replay came to the same, and if not where it first differs."""
    count = f"{found.steps} step{'s' * (found.steps != 1)}"
    since = f" after step {found.first}" if found.first else ""
    if found.mismatch is None:
        console.print(f"[good]●[/] [name]{escape(trajectory.opening.scenario)}[/]  {count}{since}, every byte the same")
    else:
        console.print(f"[bad]○[/] [name]{escape(trajectory.opening.scenario)}[/]  {count}{since} played")
        _tell_mismatch(console, trajectory, found.mismatch)
    if changed:
        console.print("[odd]The scenario or its world has changed since this was recorded.[/]")


def _tell_mismatch(console: Console, trajectory: Trajectory, mismatch: Mismatch) -> None:
    if mismatch.step:
        action = trajectory.steps[mismatch.step - 1].action
        console.print(
            f"  [bad]{mismatch.step:>3}  {escape(f'{action.server}.{action.tool}')}[/]  {_KINDS[mismatch.kind]}"
        )
    else:
        console.print(f"       {_KINDS[mismatch.kind]}")
    for name, text in (("expected", mismatch.expected), ("got", mismatch.got)):
        console.print(Padding(f"[quiet]{name:>8}[/] {escape(text)}", (0, 0, 0, 7), expand=False))


def tell_continued(console: Console, ended: Continued) -> None:
    """Say what came of an episode that was gone on with."""
    trajectory = ended.trajectory
    mark = MARKS[trajectory.outcome or "lost"]
    parent = trajectory.opening.parent
    since = f"  [quiet]from step {parent.step} of {parent.trajectory_id}[/]" if parent else ""
    console.print(
        f"[{mark.style}]{mark.sign}[/] [name]{escape(trajectory.opening.scenario)}[/]  "
        f"[{mark.style}]{mark.word}[/]  {len(trajectory.steps)} steps{since}"
    )
    if trajectory.closing is not None and trajectory.closing.note:
        console.print(Padding(f"[quiet]{escape(trajectory.closing.note)}[/]", (0, 0, 0, 2), expand=False))
    console.print(f"Next: {own_command()} show {escape(str(ended.record))}", soft_wrap=True)
