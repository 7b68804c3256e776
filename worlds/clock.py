"""The world's clock, in one of three modes.

`virtual` moves by simulated waits, one tick per call and explicit advances. `flowing` adds the real time that passes
between calls, so an agent that really waits 20 s has waited 20 s. `real` follows the host. In the first two, time
stands still inside a call, so that a call's outcome never depends on how fast the machine is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from worlds import host
from worlds.errors import WorldError

Mode = Literal["virtual", "flowing", "real"]
MS: Final = 1_000_000
SECOND: Final = 1_000 * MS
TICK_NS: Final = MS


@dataclass(frozen=True, slots=True)
class ClockState:
    """What a snapshot keeps of a clock: nanoseconds since the Unix epoch, and the mode."""

    now_ns: int
    mode: Mode = "virtual"
    tick_ns: int = TICK_NS


class Clock:
    """One world's time in nanoseconds since the Unix epoch; it never goes back except by `restore`."""

    __slots__ = ("_left_ns", "_monotonic_ns", "_now_ns", "_wall_ns", "mode", "tick_ns")

    def __init__(
        self,
        state: ClockState,
        *,
        monotonic_ns: Callable[[], int] = host.monotonic_ns,
        wall_ns: Callable[[], int] = host.wall_ns,
    ) -> None:
        self._monotonic_ns = monotonic_ns
        self._wall_ns = wall_ns
        self._now_ns: int = state.now_ns
        self._left_ns: int = 0
        self.restore(state)

    @property
    def now_ns(self) -> int:
        """The present, in nanoseconds since the Unix epoch."""
        if self.mode == "real":
            self._now_ns = max(self._now_ns, self._wall_ns())
        return self._now_ns

    def arrive(self) -> int:
        """Let time pass up to a call's arrival: one tick, plus the real time since the last call if flowing."""
        self._now_ns += self.tick_ns
        if self.mode == "flowing":
            here_ns = self._monotonic_ns()
            self._now_ns += max(0, here_ns - self._left_ns)
            self._left_ns = here_ns  # so that a call beside this one, or after it was cancelled, counts from here
        return self.now_ns if self.mode == "real" else self._now_ns

    def leave(self) -> None:
        """Note that a call ended; a flowing clock counts real time from here."""
        if self.mode == "flowing":
            self._left_ns = self._monotonic_ns()

    def advance(self, by_ns: int) -> int:
        """Move forward by a simulated wait. Raises WorldError for a negative one."""
        if by_ns < 0:
            raise WorldError(f"a clock cannot be advanced by {by_ns} ns", hint="give a wait of 0 ns or more")
        return self.advance_to(self.now_ns + by_ns)

    def advance_to(self, then_ns: int) -> int:
        """Move forward to a time; a time in the past changes nothing."""
        self._now_ns = max(self.now_ns, then_ns)
        return self._now_ns

    def hold_at(self, then_ns: int) -> None:
        """Set the reading exactly, as replays and events due in the past need."""
        self._now_ns = then_ns

    def state(self) -> ClockState:
        """What a snapshot keeps."""
        return ClockState(self.now_ns, self.mode, self.tick_ns)

    def restore(self, state: ClockState) -> None:
        """Take over a kept state; real time before this moment does not count."""
        self.mode: Mode = state.mode
        self.tick_ns = state.tick_ns
        self._now_ns = state.now_ns
        self._left_ns = self._monotonic_ns()

    def fork(self) -> "Clock":
        """An independent clock that shows the same time."""
        twin = Clock.__new__(Clock)
        twin._monotonic_ns = self._monotonic_ns
        twin._wall_ns = self._wall_ns
        twin.mode = mode = self.mode
        twin.tick_ns = self.tick_ns
        if mode == "virtual":
            twin._now_ns, twin._left_ns = self._now_ns, 0
        else:
            twin._now_ns, twin._left_ns = self.now_ns, self._monotonic_ns()
        return twin


def parse_time(text: str) -> int:
    """Nanoseconds since the epoch of an ISO 8601 text; a text without a zone is UTC. Raises ValueError."""
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write it like 2026-03-02T09:00:00Z") from None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    whole = int(then.replace(microsecond=0).timestamp())
    return whole * SECOND + then.microsecond * 1_000


def show_time(then_ns: int) -> str:
    """ISO 8601 in UTC with milliseconds, e.g. `2026-03-02T09:00:00.000Z`."""
    then = datetime.fromtimestamp(then_ns // SECOND, tz=UTC)
    return f"{then:%Y-%m-%dT%H:%M:%S}.{then_ns % SECOND // MS:03d}Z"
