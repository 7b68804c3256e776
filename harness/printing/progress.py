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
from harness.printing.pace import Pace, clock, speed
from harness.printing.run_table import episode_name, print_episode
from harness.recording.summary import Summary
from harness.running.arm import labelled
from harness.running.budget import UNBOUNDED, Budget
from sandbox_server.ledger import Entry, Sink
from worlds import host
from worlds.clock import SECOND

_ROWS_MAX: Final = 12
_LINES_MAX: Final = 200
"""Beyond so many planned episodes only those that did not succeed are told, and of them no more than this."""
_REPORTS: Final = 20
"""How often a long run says how far it is where there is no terminal."""
_BAR: Final = 24
_SHOW: Final = "soundstage show RUN"
_FRAMES: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_REFRESHES: Final = 4


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

    def __init__(
        self,
        console: Console,
        names: Sequence[str],
        trials: int,
        done: int = 0,
        *,
        planned: int | None = None,
        budget: Budget = UNBOUNDED,
    ) -> None:
        """`names` are the scenarios', `done` is how many episodes had ended before; `planned` None: all of them."""
        self.console = console
        self._trials = trials
        self._pace = Pace(planned or len(names) * trials, host.monotonic_ns(), done, budget=budget)
        self._width = max(len(episode_name(name, trials, trials)) for name in names)
        self._running: dict[tuple[str, int], _UnderWay] = {}
        self._terse = self._pace.planned > _LINES_MAX
        self._lines = 0
        self._reported = done * _REPORTS // max(1, self._pace.planned)

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
        """An episode has ended: print its line, or once in a while how far the run is."""
        self._running.pop((labelled(summary.scenario, summary.arm), summary.trial), None)
        self._pace.count(summary, host.monotonic_ns())
        if not self._terse:
            print_episode(self.console, summary, self._width, self._trials)
            return
        if summary.outcome != "success" and self._lines <= _LINES_MAX:
            self._tell_odd(summary)
        if not self.console.is_terminal:
            self._report()

    def _tell_odd(self, summary: Summary) -> None:
        """A line for one of many that did not succeed, as long as there is room."""
        self._lines += 1
        if self._lines <= _LINES_MAX:
            print_episode(self.console, summary, self._width, self._trials)
        else:
            self.console.print(f"  [quiet]... more that did not succeed are counted below, and listed by {_SHOW}[/]")

    def _report(self) -> None:
        """A line for every twentieth of a run that nobody sees live."""
        reached = self._pace.done * _REPORTS // max(1, self._pace.planned)
        if reached > self._reported:
            self._reported = reached
            now_ns = host.monotonic_ns()
            self.console.print(Text.assemble(_how_far(self._pace, now_ns), "  ", _how_well(self._pace)), soft_wrap=True)

    def picture(self) -> RenderableType:
        """The live area: what is under way, how far everything is, and how it has gone so far."""
        now_ns = host.monotonic_ns()
        running = list(self._running.values())
        table = Table.grid(padding=(0, 2, 0, 0))
        for one in running[:_ROWS_MAX]:
            table.add_row(*_row(one, self._width, (now_ns - one.began_ns) / SECOND))
        more = [Text(f"    and {len(running) - _ROWS_MAX} more", "quiet")] if len(running) > _ROWS_MAX else []
        told = [_how_well(self._pace)] if self._pace.outcomes else []
        return Group(table, *more, _how_far(self._pace, now_ns, bar=True), *told)


def _how_far(pace: Pace, now_ns: int, *, bar: bool = False) -> Text:
    """How many have ended, with what outcomes, at what pace, and how long the rest will take."""
    filled = _BAR * pace.done // max(1, pace.planned)
    drawn = [("━" * filled, "good"), ("━" * (_BAR - filled) + "  ", "quiet")] if bar else []
    counts = [
        (f" {mark.sign} {pace.outcomes[name]:,} ", mark.style) for name, mark in MARKS.items() if pace.outcomes[name]
    ]
    return Text.assemble(
        "  ", *drawn, f"{pace.done:,}/{pace.planned:,} ", *counts, (f" {_left(pace, now_ns)}", "quiet"),
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip


def _how_well(pace: Pace) -> Text:
    """The success rate so far, whose fault the rest is, and what was spent."""
    rate, blames = pace.success, pace.blames.most_common()
    share = f"{rate.value * 100:.0f} % succeed ({rate.low * 100:.0f} to {rate.high * 100:.0f})" if rate.trials else ""
    blamed = "blame: " + ", ".join(f"{who} {count:,}" for who, count in blames) if blames else ""
    told = "   ".join(filter(None, (share, blamed, pace.spent)))
    return Text(f"  {told}", "quiet", no_wrap=True, overflow="ellipsis")


def _left(pace: Pace, now_ns: int) -> str:
    """How long it took and will take, as far as what has ended can tell."""
    elapsed, left = clock(pace.elapsed(now_ns)), pace.left(now_ns)
    if pace.done >= pace.planned or left is None:
        return elapsed
    return f"{elapsed}, {speed(pace.per_second(now_ns))}, about {clock(left)} left"


def _row(one: _UnderWay, width: int, seconds: float) -> list[Text]:
    frame = _FRAMES[int(seconds * _REFRESHES) % len(_FRAMES)]
    return [
        Text.assemble("  ", (frame, "where"), f" {one.name:<{width}}"),
        Text(f"{one.steps}/{one.steps_max} steps", justify="right"),
        Text(clock(seconds), "quiet"),
        Text(one.last, "quiet", no_wrap=True, overflow="ellipsis"),
    ]
