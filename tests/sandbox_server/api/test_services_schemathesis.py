"""Whatever is sent to a built-in service by HTTP: its answers are documented, fit their schemas, and break nothing.

Schemathesis makes the requests: examples, borders, random bodies, and sequences that use what was answered before.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from ruamel.yaml import YAML
from schemathesis import engine, hooks
from schemathesis.engine import events

from sandbox_server.presentation import present
from tests.sandbox_server.api.stub import open_doors
from tests.worlds.api.built_in import KEYS, SERVICES, planned
from worlds.chance import Chance
from worlds.part import Moment
from worlds.parts.api.building import SERVICES as FOLDER
from worlds.parts.api.part import ApiPart

pytestmark = pytest.mark.anyio
BORDERS: Final = 25
"""How many requests at the borders of what is allowed are made; one operation alone has a hundred and more."""
PHASES: Final[tuple[Mapping[str, Any], ...]] = (
    {"fuzzing": {"enabled": False}, "stateful": {"enabled": False}},
    {
        "coverage": {"enabled": False},
        "fuzzing": {"generation": {"max-examples": 2}},
        "stateful": {"generation": {"max-examples": 2}, "max-steps": 5},
    },
)
"""Borders, then random requests and sequences: so many of each, however fast the machine is."""
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "use_after_free",
)
KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "customer": ("cus_Qk3v9TzL2mWx7R", "cus_QmW2f6JrX5aUoE", "cus_QpT7z1LsB9eGvK"),
    "charge": ("ch_3Qj6PaT7vWz3MbXn6zOg1nWr", "ch_3Qj6PbT7vWz3MbXn2aPh3oXs", "ch_3Qk2RcC3xRm8JpLq5bQi7pYt"),
    "payment_method": ("pm_1Qd8LkT7vWz3MbXn5RyJ0cFe",),
    "dispute": ("dp_1Qf9TdC3xRm8JpLq6eTl8vBd",),
    "number": ("101", "102", "104", "106"),
    "to": ("in_progress", "resolved", "closed"),
    "login": ("robin", "sam"),
    "sku": ("LMP-010", "LMP-022", "BLB-E27"),
    "order_id": ("ord_7Kd2mWqXz0Rt5LbN", "ord_9Pf4nYsZb2Tv7NdQ", "ord_3Ju8rCwDf6Xz1ShU"),
    "return_id": ("9c3f1d57-2e84-46ab-8b70-41d6e5f0a928",),
}
"""By parameter: values that mean something. Two in three that are made up become one of these."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def meaning(name: str, value: Any) -> Any:
    """A made-up value, or a known one in its place; the same for the same."""
    if name == "labels" and isinstance(value, list):
        return ["bug"] if len(value) % 2 else value
    if isinstance(value, Mapping):
        return {key: meaning(key, each) for key, each in value.items()}
    if isinstance(value, list):
        return [meaning(name, each) for each in value]
    known, number = KNOWN.get(name, ()), sum(map(ord, str(value)))
    return known[number % len(known)] if known and number % 3 else value


def tried(name: str, url: str) -> Iterator[tuple[str, str]]:
    """Every check that failed: which one, and with what request and answer."""
    for phases in PHASES:
        yield from failed_in(phases, name, url)


def failed_in(phases: Mapping[str, Any], name: str, url: str) -> Iterator[tuple[str, str]]:
    """Those of one round."""
    raw = YAML(typ="safe").load((FOLDER / name / "openapi.yaml").read_text())
    checks = {"enabled": False, **{each: {"enabled": True} for each in CHECKS}}
    config = schemathesis.Config.from_dict({"seed": 1, "phases": phases, "checks": checks})
    schema = schemathesis.openapi.from_dict(raw, config=config)
    schema.config.update(base_url=url, headers=dict(KEYS[name]), continue_on_failure=True)
    for hook in (map_path_parameters, map_query, map_body):
        schema.hook(hook)
    stream = engine.from_schema(schema).execute()
    with stopped(stream) if "coverage" not in phases else nullcontext():
        yield from told_by(stream)


def told_by(stream: Any) -> Iterator[tuple[str, str]]:
    """What a round finds while it goes on."""
    for event in stream:
        if isinstance(event, events.ScenarioFinished):
            yield from failures(event.recorder)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            yield "error", str(event)


@contextmanager
def stopped(stream: Any) -> Iterator[None]:
    """A round that ends after so many requests."""
    numbers = count(1)

    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        if next(numbers) == BORDERS:
            stream.stop()

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        hooks.unregister(before_call)


def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    return meaning("", path_parameters)


def map_query(context: Any, query: Any) -> Any:
    return meaning("", query)


def map_body(context: Any, body: Any) -> Any:
    return meaning("", body)


def failures(recorder: Any) -> Iterator[tuple[str, str]]:
    """The checks of one scenario that failed."""
    for case, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                made = recorder.interactions[case]
                asked = f"{made.request.method} {made.request.uri} {made.request.body!r}"
                answered = made.response and f"{made.response.status_code} {made.response.content[:500]!r}"
                yield check.name, f"{asked} -> {answered}: {check.failure_info.failure}"


@pytest.mark.parametrize("name", SERVICES)
async def test_nothing_that_is_sent_breaks_a_service_or_its_promises(name: str) -> None:
    plan = planned(name, rules={"limits": {"calls": 1_000_000, "per": "1m"}})
    async with open_doors(present(plan)) as doors:
        url = f"{doors.listener.url}/token/{name}/api"
        found = await asyncio.to_thread(lambda: list(tried(name, url)))
        calls = [each for each in doors.episode.ledger.entries if each.kind == "call"]
        world = doors.episode.world
        part = world.parts[name]

    assert isinstance(part, ApiPart)
    statuses = [each.told.result["status"] for each in calls if each.told and each.told.result]
    assert found == []
    assert part.broken_invariants(Moment(world.clock.now_ns, "test", Chance(1))) == []
    assert [each.notes for each in calls if {"broken_invariants", "code_failed", "broke"} & set(each.notes)] == []
    assert len(statuses) > 20 and sum(200 <= each < 300 for each in statuses) >= 5


def test_the_documents_that_are_tried_are_those_that_are_served() -> None:
    assert sorted(path.parent.name for path in Path(FOLDER).glob("*/openapi.yaml")) == list(SERVICES)
