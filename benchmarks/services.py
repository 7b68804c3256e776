"""Fork, reset, digest and requests of built-in services with 100 to 100,000 resources: flat in size, or not."""

import gc
import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Row, per_call_us
from worlds.chance import Chance
from worlds.part import Moment
from worlds.parts.api.exchange import ABSENT, Request
from worlds.parts.api.part import ApiPart
from worlds.world import World
from worlds.worldfile import plan_world
from worlds.yamlfile import Document

SMALL, LARGE = 100, 100_000
JSON: Final = {"content-type": "application/json"}
KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "payments": {**JSON, "authorization": "Bearer key"},
    "tickets": {**JSON, "authorization": "Bearer key"},
    "orders": {**JSON, "x-api-key": "key"},
}
TABLES: Final = {"payments": "charges", "tickets": "issues", "orders": "stock"}
MUST_US: Final[Mapping[str, float | None]] = {
    "fork": 200,
    "reset": 100,
    "change of one resource, settle and digest": 25,
    "reading one": None,
    "first page of a list": None,
    "a write with its effects, settle and digest": None,
}


def rows() -> list[Row]:
    """The rows of the report."""
    report: list[Row] = []
    for name in TABLES:
        small, large = measured(name, SMALL), measured(name, LARGE)
        report += [_row(f"{name}: {what}", small[what], large[what], must) for what, must in MUST_US.items()]
    return report


def measured(name: str, count: int) -> dict[str, float]:
    """CPU microseconds of each thing in a world with so many resources."""
    world = service_world(name, count)
    part = world.parts["it"]
    assert isinstance(part, ApiPart)
    part.digest(), part.marks_digest()
    first, table = part.fork(), TABLES[name]
    key = next(iter(part.records.keys(table, newest_first=True)))
    read, page, write = requests(name, part, key)
    found = {
        "fork": per_call_us(part.fork),
        "reset": per_call_us(lambda: part.adopt(first)),
        "change of one resource, settle and digest": per_call_us(changing(part, table, key)),
        "reading one": per_call_us(asking(world, part, name, lambda: read)),
        "first page of a list": per_call_us(asking(world, part, name, lambda: page)),
        "a write with its effects, settle and digest": per_call_us(asking(world, part, name, write)),
    }
    gc.collect()
    return found


def service_world(name: str, count: int) -> World:
    """A world with one service and so many generated resources in one collection."""
    rules = {"limits": {"calls": 10_000_000, "per": "1m"}}
    keys, generate = {"key": {"name": "dana"}}, {TABLES[name]: count}
    entry = {"kind": "api", "service": name, "generate": generate, "keys": keys, "rules": rules}
    data = {"soundstage": 1, "world": name, "servers": {"it": entry}}
    return plan_world(Document("benchmark", data), Path()).build()


def requests(name: str, part: ApiPart, key: str) -> tuple[Request, Request, Callable[[], Request]]:
    """Reading one resource, the first page of a list, and a write that something follows from."""
    path = {"payments": "/charges", "tickets": "/issues", "orders": "/stock"}[name]
    turn = itertools.count()
    writes: dict[str, tuple[str, str, Any]] = {
        "payments": ("POST", "/refunds", lambda: {"charge": charges[next(turn) % len(charges)], "amount": 1}),
        "tickets": ("POST", f"/issues/{key}/comments", lambda: {"body": f"Number {next(turn)}."}),
        "orders": ("PATCH", f"/stock/{key}", lambda: {"on_hand": 40 + next(turn) % 50}),
    }
    method, target, body = writes[name]
    charges = list(itertools.islice(part.records.keys("charges", newest_first=True), 90)) if name == "payments" else []
    return (
        Request("GET", f"{path}/{key}", (), KEYS[name], ABSENT),
        Request("GET", path, (), KEYS[name], ABSENT),
        lambda: Request(method, target, (), KEYS[name], body()),
    )


def asking(world: World, part: ApiPart, name: str, request: Callable[[], Request]) -> Callable[[], None]:
    """One request, settled, with its digest."""
    turn = itertools.count()

    def ask() -> None:
        moment = Moment(world.clock.now_ns, "agent", Chance(next(turn)))
        answer = part.answer(request(), moment)
        assert answer.ok, answer
        part.settle("agent")
        part.digest()

    return ask


def changing(part: ApiPart, table: str, key: str) -> Callable[[], None]:
    """A change of one resource as such."""
    turn = itertools.count()

    def change() -> None:
        record = part.records.get(table, key) or {}
        part.records.put(table, key, {**record, "title": f"Number {next(turn)}"})
        part.settle("agent")
        part.digest()

    return change


def _row(name: str, small: float, large: float, must: float | None) -> Row:
    ratio = large / small
    goal = f"<= 1.5x, <= {must} us" if must else "<= 1.5x"
    met = ratio <= 1.5 and (must is None or large <= must)
    return Row(f"{name}, {LARGE:,} against {SMALL}", f"{large:.1f} us", f"{small:.1f} us", ratio, goal, met)
