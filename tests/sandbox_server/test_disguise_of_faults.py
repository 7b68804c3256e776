"""No setting of any fault gives the world away, and what says that it took its time took it."""

from collections.abc import Iterator
from itertools import product
from time import monotonic
from typing import Any, Final, Literal, get_args, get_origin

import pytest

from fault_injection.fault import Acting, Fault, Listing, Waiting, faults
from fault_injection.profile import inline_profile
from sandbox_server.episode import Episode
from tests.fault_injection.test_kinds import GIVEN, TELLING, scene, told
from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.wire import modern
from worlds.clock import SECOND

pytestmark = pytest.mark.anyio
READ: Final = modern("tools/call", {"name": "read", "arguments": {"key": "k"}})


def choices(annotation: Any) -> tuple[Any, ...]:
    """What a setting may be, where only a few things are."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return (False, True) if annotation is bool else ()


def variants(kind: type[Fault], given: dict[str, Any]) -> Iterator[Fault]:
    """A kind with every combination of such settings."""
    fields = {name: choices(field.annotation) for name, field in kind.model_fields.items() if name not in given}
    few = {name: values for name, values in fields.items() if values}
    for values in product(*few.values()):
        yield kind.model_validate({**given, **dict(zip(few, values, strict=True))})


@pytest.mark.parametrize("name", faults.names())
def test_no_combination_of_settings_gives_the_world_away(name: str) -> None:
    kind = faults.get(name)
    seen = 0
    for variant in variants(kind, GIVEN.get(name, {})):
        for each in told(variant, scene(variant)):
            seen += 1
            if not isinstance(each, dict) or "fault" not in each:
                assert not TELLING.search(repr(each)), each
            assert "-32001" not in repr(each), "a code that clients give only to their own time limit"

    assert seen or issubclass(kind, Acting)


def put(episode: Episode, name: str, **settings: Any) -> None:
    episode.faults.put([inline_profile([{"fault": name, "with": settings}])])


SLOW: Final = [name for name, kind in faults if kind.slow and "http" in kind.transports and not kind.of_starts]
"""Over HTTP; lines that dribble and servers that start late are tried where lines are."""


def test_what_has_a_length_of_its_own_says_that_it_takes_it() -> None:
    """So that whoever adds a slow kind is asked whether time really passes."""
    for name, kind in faults:
        if {"length", "waits", "fixed"} & set(kind.model_fields) and not issubclass(kind, Listing):
            assert kind.slow in kind.model_fields, name
        if kind.takes_ms is not Fault.takes_ms or (issubclass(kind, Waiting) and name != "clock_jump"):
            assert kind.slow, f"{name} takes time and does not say by which setting"


@pytest.mark.parametrize("name", SLOW)
async def test_time_passes_on_the_wall_when_it_is_real_and_on_the_worlds_clock_when_not(
    serve: Serve, name: str
) -> None:
    settings = {faults.get(name).slow: "400ms"}
    real, virtual = await serve(mode="real"), await serve()
    for served in (real, virtual):
        put(served.episode, name, **settings)
    began = monotonic()
    await real.send(*READ)
    on_the_wall = monotonic() - began
    before_ns = virtual.episode.world.clock.now_ns
    long = dict.fromkeys(settings, "2h") if name != "latency" else {"fixed": "2h", "cap": "2h"}
    put(virtual.episode, name, **long)
    began = monotonic()
    await virtual.send(*READ)

    assert on_the_wall >= 0.38
    assert virtual.episode.world.clock.now_ns - before_ns >= 7_199 * SECOND
    assert monotonic() - began < 30, "nobody waits for a clock that is not real"
