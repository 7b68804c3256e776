"""The world's time under its owner's hands."""

import re

from pydantic import Field, field_validator

from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.admin.problem import Refused
from sandbox_server.admin.resources.episodes import ClockReading, clock_reading
from sandbox_server.episode import Episode
from worlds.clock import SECOND, ClockState, Mode, parse_time, show_time

_UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_WAIT = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
WAIT_S_MAX = 366 * 86_400


class NewClock(Model):
    """What to change of a clock; what is left out stays."""

    mode: Mode | None = Field(None, description="How time passes from now on.")
    now: str | None = Field(None, description="The time to jump forward to, ISO 8601; UTC when it names no zone.")

    @field_validator("now")
    @classmethod
    def _is_a_time(cls, text: str | None) -> str | None:
        if text is not None:
            parse_time(text)
        return text


class Advance(Model):
    """A simulated wait."""

    by: float | str = Field(description="Seconds, or a text like `250ms`, `20s`, `10m`, `2h`, `1d`.")

    @field_validator("by")
    @classmethod
    def _is_a_wait(cls, by: float | str) -> float | str:
        if not 0 <= wait_s(by) <= WAIT_S_MAX:
            raise ValueError("a wait of 0 s to 366 days")
        return by


def wait_s(by: float | str) -> float:
    """Seconds of a wait as it is written. Raises ValueError."""
    if not isinstance(by, str):
        return by
    found = _WAIT.fullmatch(by.strip())
    if not found:
        raise ValueError("a number of seconds, or a text like `250ms`, `20s`, `10m`, `2h`, `1d`")
    return float(found[1]) * _UNITS_S[found[2]]


@operation("GET", "/episodes/{id}/clock", answer=ClockReading, refusals=(404,))
async def get_clock(asked: Asked) -> ClockReading:
    """Show the world's time."""
    return clock_reading(asked.episode)


@operation("PUT", "/episodes/{id}/clock", answer=ClockReading, body=NewClock, refusals=(404, 409))
async def set_clock(asked: Asked) -> ClockReading:
    """Change how time passes, or jump forward."""
    episode, wanted = asked.episode, asked.body
    async with episode.turn:
        state = episode.world.clock.state()
        now_ns = parse_time(wanted.now) if wanted.now is not None else state.now_ns
        if now_ns < state.now_ns:
            raise Refused(
                f"the world's time is {show_time(state.now_ns)} already", status=409, code="conflict",
                hint="time goes back by a reset or a restore only",
            )  # fmt: skip
        return _set(episode, "clock", ClockState(now_ns, wanted.mode or state.mode, state.tick_ns))


@operation("POST", "/episodes/{id}/clock/advance", answer=ClockReading, body=Advance, refusals=(404,))
async def advance_clock(asked: Asked) -> ClockReading:
    """Let simulated time pass; what falls due happens with the next effect."""
    episode = asked.episode
    async with episode.turn:
        state = episode.world.clock.state()
        then_ns = state.now_ns + round(wait_s(asked.body.by) * SECOND)
        return _set(episode, "advance", ClockState(then_ns, state.mode, state.tick_ns))


def _set(episode: Episode, act: str, state: ClockState) -> ClockReading:
    episode.world.clock.restore(state)
    episode.repark()
    episode.act(act, {"now": show_time(state.now_ns), "mode": state.mode})
    return clock_reading(episode)
