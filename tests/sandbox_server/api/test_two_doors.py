"""The same operations by tools and by plain HTTP come to the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox_server.call import Call
from sandbox_server.path import walk
from tests.sandbox_server.api.shop import shop
from tests.sandbox_server.api.stub import Doors, open_doors

pytestmark = pytest.mark.anyio
KEY: Final = {"authorization": "Bearer sk_live_1"}
Program = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


IDS = st.sampled_from(["ch_1", "ch_2", "ch 3/é", "404"])
BODIES = st.fixed_dictionaries(
    {}, optional={"amount": st.sampled_from([1, 500, "five"]), "currency": st.sampled_from(["eur", "usd"])}
)
CALLS = st.one_of(
    st.tuples(st.just("listCharges"), st.fixed_dictionaries({}, optional={"limit": st.integers(0, 3)})),
    st.tuples(st.just("getCharge"), st.fixed_dictionaries({"id": IDS})),
    st.tuples(st.just("DELETE_chargesid"), st.fixed_dictionaries({"id": IDS})),
    st.tuples(st.just("create_charge"), BODIES),
    st.tuples(st.just("create_charge"), BODIES.map(lambda body: {"Idempotency-Key": "k", **body})),
    st.tuples(
        st.just("updateCharge"),
        st.fixed_dictionaries({"id__path": IDS, "description": st.sampled_from(["x", "y"])}),
    ),
)


async def by_tools(doors: Doors, program: Program) -> list[Any]:
    """What was found to be true, call by call."""
    for number, (tool, arguments) in enumerate(program, 1):
        await walk(doors.episode, Call("billing", tool, arguments, number=number))
    return truth(doors)


async def by_http(doors: Doors, program: Program) -> list[Any]:
    """The same by plain requests."""
    server = doors.episode.servers["billing"]
    from sandbox_server.families.api.generated.requesting import request_of

    for tool, arguments in program:
        request = request_of(server.tools[tool], arguments)  # type: ignore[attr-defined]
        query = "&".join(f"{name}={value}" for name, value in request.query)
        headers: dict[str, Any] = {**KEY, **request.headers}
        body = request.body if "content-type" in request.headers else None
        await doors.ask(request.method, request.path + (f"?{query}" if query else ""), body, headers)
    return truth(doors)


def truth(doors: Doors) -> list[Any]:
    """What the ledger says of each call, but for how it was told."""
    return [
        (entry.tool, entry.arguments, [change.to_json() for change in entry.changes], entry.digest_after,
         entry.effect, entry.told.failed if entry.told else None)
        for entry in doors.episode.ledger.entries
        if entry.kind == "call"
    ]  # fmt: skip


@given(st.lists(CALLS, max_size=8))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
async def test_state_digests_identities_and_truth_are_the_same(tmp_path: Path, program: Program) -> None:
    found = []
    for way in (by_tools, by_http):
        async with open_doors(shop(tmp_path)) as doors:
            told = await way(doors, program)
            world = doors.episode.world
            found.append((told, world.content_digest(), world.state_digest(), dict(world.attempts)))

    assert found[0] == found[1]


EXPECTED: Mapping[str, tuple[str, dict[str, Any], str]] = {
    "openapi": ("getCharge", {"id": "ch_9"}, "Error calling tool 'getCharge': HTTP error 404: Not Found - {"),
    "github": ("get_charge", {"id": "ch_9"}, "failed to get charge: GET /charges/{id}: 404 "),
    "json": ("API-getCharge", {"id": "ch_9"}, '{"status":"error","message":'),
}


@pytest.mark.parametrize("convention", EXPECTED)
async def test_each_convention_tells_failures_in_its_own_way(tmp_path: Path, convention: str) -> None:
    tool, arguments, words = EXPECTED[convention]
    async with open_doors(shop(tmp_path, convention)) as doors:
        outcome = await walk(doors.episode, Call("billing", tool, arguments, number=1))

    result = outcome.reply.result or {}
    assert str(result["content"][0]["text"]).startswith(words)
    assert bool(result.get("isError")) == (convention != "json")


@pytest.mark.parametrize("convention", EXPECTED)
async def test_each_convention_tells_successes_as_compact_json(tmp_path: Path, convention: str) -> None:
    tool, _, _ = EXPECTED[convention]
    async with open_doors(shop(tmp_path, convention)) as doors:
        outcome = await walk(doors.episode, Call("billing", tool, {"id": "ch_1"}, number=1))

    assert (outcome.reply.result or {})["content"][0]["text"] == (
        '{"id":"ch_1","amount":500,"currency":"eur","status":"paid"}'
    )


async def test_wrong_methods_name_the_right_ones(tmp_path: Path) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        doors.headers = dict(KEY)
        seen = await doors.ask("PUT", "/charges/ch_1", {})

    assert (seen.status, seen.headers["allow"]) == (405, "DELETE, GET, PATCH")


async def test_paths_may_begin_with_the_base_path_of_the_description(tmp_path: Path) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        doors.headers = dict(KEY)
        short, long = await doors.ask("GET", "/charges/ch_1"), await doors.ask("GET", "/v1/charges/ch_1")

    assert short.json == long.json


async def test_requests_without_the_services_key_are_refused_and_recorded(tmp_path: Path) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        doors.headers = {}
        seen = await doors.ask("GET", "/charges/ch_1")
        entry = doors.episode.ledger.entries[-1]

    assert (seen.status, seen.headers["www-authenticate"]) == (401, "Bearer")
    assert entry.told is not None and entry.told.failed
