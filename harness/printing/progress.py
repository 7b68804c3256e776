"""A run while it goes on: lines for what ended, and on a terminal a live area for what is under way."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.printing.marks import MARKS
from harness.printing.run_table import episode_name, print_episode
from harness.recording.summary import Summary
from harness.running.arm import labelled
from sandbox_server.ledger import Entry, Sink
from worlds import host
from worlds.clock import SECOND

_ROWS_MAX: Final = 12
_LINES_MAX: Final = 200
"""Beyond so many planned episodes a terminal is told only of those that did not succeed."""
_BAR: Final = 24
_FRAMES: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_REFRESHES: Final = 8


@dataclass(slots=True)
class _UnderWay:
    """An episode that goes on; a sink that counts its calls."""

    name: str
    steps_max: int
    began_ns: int
    steps: int = 0
    last: str = ""

    def write(self, entry: Entry) -> None:
        """Count a call."""
        if entry.kind == "call":
            self.steps += 1
            self.last = f"{entry.server}.{entry.tool}"


class Progress:
    """Watches a run and shows it on a console."""

    def __init__(self, console: Console, names: Sequence[str], trials: int, done: int = 0) -> None:
        """`names` are the scenarios', `done` is how many episodes had ended before."""
        self.console = console
        self._trials = trials
        self._planned = len(names) * trials
        self._done_before = self._done = done
        self._width = max(len(episode_name(name, trials, trials)) for name in names)
        self._running: dict[tuple[str, int], _UnderWay] = {}
        self._outcomes: dict[str, int] = {}
        self._began_ns = host.monotonic_ns()
        self._terse = console.is_terminal and self._planned > _LINES_MAX

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the live area meanwhile, where there is a terminal."""
        if not self.console.is_terminal:
            yield
            return
        live = Live(
            console=self.console, get_renderable=self.picture, refresh_per_second=_REFRESHES, transient=True,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        with live:
            yield

    def began(self, scenario: str, trial: int, steps_max: int) -> Sequence[Sink]:
        """An episode begins."""
        name = episode_name(scenario, trial, self._trials)
        under_way = self._running[scenario, trial] = _UnderWay(name, steps_max, host.monotonic_ns())
        return (under_way,)

    def ended(self, summary: Summary) -> None:
        """An episode has ended: print its line."""
        self._running.pop((labelled(summary.scenario, summary.arm), summary.trial), None)
        self._done += 1
        self._outcomes[summary.outcome] = self._outcomes.get(summary.outcome, 0) + 1
        if not self._terse or summary.outcome != "success":
            print_episode(self.console, summary, self._width, self._trials)

    def picture(self) -> RenderableType:
        """The live area: what is under way, and how far everything is."""
        now_ns = host.monotonic_ns()
        running = list(self._running.values())
        table = Table.grid(padding=(0, 2, 0, 0))
        for one in running[:_ROWS_MAX]:
            seconds = (now_ns - one.began_ns) / SECOND
            table.add_row(*_row(one, self._width, seconds))
        more = Text(f"    and {len(running) - _ROWS_MAX} more", "quiet") if len(running) > _ROWS_MAX else Text("")
        return Group(table, more, self._bar(now_ns)) if len(running) > _ROWS_MAX else Group(table, self._bar(now_ns))

    def _bar(self, now_ns: int) -> Text:
        filled = _BAR * self._done // max(1, self._planned)
        elapsed = (now_ns - self._began_ns) / SECOND
        counts = [(f" {MARKS[name].sign} {count} ", MARKS[name].style) for name, count in self._outcomes.items()]
        return Text.assemble(
            "  ", ("━" * filled, "good"), ("━" * (_BAR - filled), "quiet"), f"  {self._done}/{self._planned} ",
            *counts, (f" {_left(elapsed, self._done - self._done_before, self._planned - self._done)}", "quiet"),
            no_wrap=True, overflow="ellipsis",
        )  # fmt: skip


def _row(one: _UnderWay, width: int, seconds: float) -> list[Text]:
    frame = _FRAMES[int(seconds * _REFRESHES) % len(_FRAMES)]
    return [
        Text.assemble("  ", (frame, "where"), f" {one.name:<{width}}"),
        Text(f"{one.steps}/{one.steps_max} steps", justify="right"),
        Text(clock(seconds), "quiet"),
        Text(one.last, "quiet", no_wrap=True, overflow="ellipsis"),
    ]


def _left(elapsed: float, done: int, left: int) -> str:
    """How long it took and will take, as far as what is done can tell."""
    if not left:
        return clock(elapsed)
    return f"{clock(elapsed)}, about {clock(elapsed / done * left)} left" if done else clock(elapsed)


def clock(seconds: float) -> str:
    """A length of time as people read it: `8 s`, `3:07`, `1:02:00`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
