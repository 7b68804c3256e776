"""The built-in services by tools and by plain HTTP: the same state and truth, races, and faults in their own words."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fault_injection.profile import inline_profile
from sandbox_server.call import Call
from sandbox_server.families.api.generated.requesting import request_of
from sandbox_server.path import walk
from sandbox_server.presentation import present
from tests.sandbox_server.api.stub import Doors, open_doors
from tests.sandbox_server.wire import Seen
from tests.worlds.api.built_in import KEYS, RESTRICTED, SERVICES, planned
from worlds.clock import SECOND
from worlds.parts.api.building import SERVICES as FOLDER
from worlds.parts.api.document.reading import read_document

pytestmark = pytest.mark.anyio
Program = list[tuple[str, dict[str, Any]]]
CARRIED: Final[Mapping[str, str]] = {
    name: next(iter(headers.values())).removeprefix("Bearer ") for name, headers in KEYS.items()
}
"""The keys that tools carry: those that plain requests have."""
COUNTS: Final = {name: len(read_document(FOLDER / name / "openapi.yaml").operations) for name in SERVICES}
LINES: Final = [
    [{"sku": "LMP-022", "quantity": 1}],
    [{"sku": "LMP-010", "quantity": 2}, {"sku": "BLB-E27", "quantity": 3}],
    [{"sku": "NONE", "quantity": 1}],
    [],
]
ADDRESS: Final = {"name": "Ida", "street": "14 rue", "city": "Lyon", "postal_code": "69003", "country": "FR"}
VALUES: Final[Mapping[str, list[Any]]] = {
    "customer": ["cus_Qk3v9TzL2mWx7R", "cus_QtX6c2PqF7jLiZ", "cus_no"],
    "charge": ["ch_3Qj6PaT7vWz3MbXn6zOg1nWr", "ch_3Qk2RcC3xRm8JpLq5bQi7pYt", "ch_3Qf5XcC3xRm8JpLq9vNd2gTi"],
    "payment_method": ["pm_1Qd8LkT7vWz3MbXn5RyJ0cFe", "pm_no"],
    "refund": ["re_3Qd8NqT7vWz3MbXn8cRj4sZb"],
    "dispute": ["dp_1Qf9TdC3xRm8JpLq6eTl8vBd"],
    "payout": ["po_1Qd1UeK8nTf4XcBv9fUm5wCe"],
    "event": ["evt_1Qf9UdC3xRm8JpLq3hWo6yEg"],
    "evidence": [{}, {"refund_policy": "thirty days"}],
    "amount": [50, 700, 5_620, 10**7],
    "amount_to_capture": [100, 14_400, 14_401],
    "currency": ["eur", "gbp"],
    "number": [101, 102, 104, 105, 106, 999],
    "name": ["bug", "customer", "none"],
    "login": ["robin", "sam"],
    "id": [9001, 9004, 1],
    "labels": [["bug"], ["bug", "billing"], ["none"]],
    "assignees": [["robin"], ["joren"], ["dana", "leila"]],
    "sku": ["LMP-010", "LMP-022", "NONE"],
    "on_hand": [0, 1, 30],
    "lines": LINES,
    "address": [ADDRESS, {}],
    "customer_email": ["ida@example.com", "nobody"],
    "order_id": ["ord_7Kd2mWqXz0Rt5LbN", "ord_9Pf4nYsZb2Tv7NdQ", "ord_3Ju8rCwDf6Xz1ShU", "ord_no"],
    "shipment_id": ["5b0c6c1e-8f0a-4f0b-9d3e-2a7c1f6e4b10"],
    "return_id": ["9c3f1d57-2e84-46ab-8b70-41d6e5f0a928"],
    "Idempotency-Key": ["once", "twice"],
    "If-Match": ['"other"'],
    "metadata": [{}, {"order": "7"}],
}
"""By argument: what is asked for. Others are texts, or what their schema lists."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def value_of(draw: st.DrawFn, name: str, schema: Mapping[str, Any]) -> Any:
    """A value of one argument."""
    kind, plain = str(schema.get("type")), name.partition("__")[0]
    if kind == "string":
        plain = {"labels": "name", "assignees": "login"}.get(plain, plain)
    by_kind: Mapping[str, list[Any]] = {"boolean": [True, False], "integer": [1, 2]}
    known: list[Any] = VALUES.get(plain) or schema.get("enum") or by_kind.get(kind, ["x", "invoice"])
    return draw(st.sampled_from(known))


@st.composite
def programs(draw: st.DrawFn, name: str, tools: Mapping[str, Any]) -> Program:
    """Calls of any tools; what a path needs is there, the rest sometimes."""
    program: Program = []
    for tool in draw(st.lists(st.sampled_from(sorted(tools)), min_size=1, max_size=6)):
        schema = tools[tool].input_schema
        wanted = [
            each
            for each in schema.get("properties", {})
            if each in schema.get("required", ()) or draw(st.integers(0, 2)) == 0
        ]
        program.append((tool, {each: value_of(draw, each, schema["properties"][each]) for each in wanted}))
    return program


async def by_tools(doors: Doors, name: str, program: Program) -> None:
    for number, (tool, arguments) in enumerate(program, 1):
        await walk(doors.episode, Call(name, tool, arguments, number=number))


async def by_http(doors: Doors, name: str, program: Program) -> None:
    tools: Any = doors.episode.servers[name].tools  # type: ignore[attr-defined]
    for tool, arguments in program:
        request = request_of(tools[tool], arguments)
        query = "&".join(f"{key}={value}" for key, value in request.query)
        headers: dict[str, Any] = {**KEYS[name], **request.headers}
        body = request.body if "content-type" in request.headers else None
        await doors.ask(request.method, request.path + (f"?{query}" if query else ""), body, headers)


def truth(doors: Doors) -> list[Any]:
    """What the ledger says of each call, but for how it was told."""
    return [
        (each.tool, each.arguments, [change.to_json() for change in each.changes], each.digest_after, each.effect)
        for each in doors.episode.ledger.entries
        if each.kind == "call"
    ]


async def compare(name: str, program: Program) -> list[Any]:
    """The same calls both ways; what they came to."""
    found = []
    for way in (by_tools, by_http):
        async with open_doors(SHOWN[name]) as doors:
            doors.base, doors.headers = f"/token/{name}/api", {}
            await way(doors, name, program)
            world = doors.episode.world
            found.append(
                (truth(doors), world.content_digest(), world.state_digest(), world.agenda, dict(world.attempts))
            )
    assert found[0] == found[1]
    return list(found[0][0])


SHOWN: Final = {name: present(planned(name, **{"as": CARRIED[name]})) for name in SERVICES}
TOOLS: Final[Mapping[str, Mapping[str, Any]]] = {
    name: shown.servers[name].tools  # type: ignore[attr-defined]
    for name, shown in SHOWN.items()
}
"""The tools of each service by the names that agents see."""


@pytest.mark.parametrize("name", SERVICES)
async def test_each_operation_comes_to_the_same_by_both_doors(name: str) -> None:
    program: Program = []
    for tool, made in sorted(TOOLS[name].items()):
        properties = made.input_schema.get("properties", {})
        needed = made.input_schema.get("required", ())
        known = {each: VALUES.get(each.partition("__")[0], [None])[0] for each in properties}
        others = {"title": "New", "body": "Text", "to": "blocked", "reason": "damaged"}
        program.append((tool, {each: known[each] or others.get(each, "x") for each in needed}))
    told = await compare(name, program)

    assert len(told) == len(program) == COUNTS[name]
    assert sum(bool(changes) for _, _, changes, *_ in told) >= 4


@pytest.mark.parametrize("name", SERVICES)
async def test_calls_in_any_order_come_to_the_same_by_both_doors(name: str) -> None:
    @given(programs(name, TOOLS[name]))
    @settings(max_examples=40, deadline=None)
    def run(program: Program) -> None:
        asyncio.run(compare(name, program))

    await asyncio.to_thread(run)


async def test_of_two_who_want_the_last_one_at_once_one_gets_it() -> None:
    body = {"customer_email": "ida@example.com", "lines": LINES[0], "address": ADDRESS}
    async with open_doors(present(planned("orders", keys={"ok_second": {"name": "second"}}))) as doors:
        doors.base, doors.headers = "/token/orders/api", {}
        callers = [KEYS["orders"], {"x-api-key": "ok_second"}] * 4
        seen: list[Seen] = await asyncio.gather(*(doors.ask("POST", "/orders", body, caller) for caller in callers))
        stock = await doors.ask("GET", "/stock/LMP-022", None, KEYS["orders"])
        entries = [each for each in doors.episode.ledger.entries if each.tool == "API-createOrder"]

    assert sorted(each.status for each in seen) == [201, *[409] * 7]
    assert {each.json["code"] for each in seen if each.status == 409} == {"out-of-stock"}
    assert (stock.json["available"], stock.json["reserved"]) == (0, 1)
    winner = min(entries, key=lambda each: each.effect or 0)
    assert winner.changes and [bool(each.changes) for each in entries].count(True) == 1


READS: Final = {
    "payments": ("/balance", "getBalance"),
    "tickets": ("/labels", "list_labels"),
    "orders": ("/stock", "API-listStock"),
}
LIMITED: Final = {
    "payments": "Rate limited by upstream API, please retry later",
    "tickets": "failed to list labels: GitHub API rate limit exceeded. Retry after ",
    "orders": '{"status":429,"type":"https://orders.example/problems/too-many-requests"',
}
FAILED: Final = {
    "payments": ("Error calling tool 'getBalance': HTTP error {status}: ", "error"),
    "tickets": ("failed to list labels: GET /labels: {status} ", "message"),
    "orders": ('{{"status":{status},"type":"https://orders.example/problems/', "detail"),
}


@pytest.mark.parametrize("name", SERVICES)
async def test_a_full_bucket_answers_with_true_headers_and_in_the_wrappers_words(name: str) -> None:
    path, tool = READS[name]
    plan = planned(name, rules={"limits": {"calls": 2, "per": "1m"}}, **{"as": CARRIED[name]})
    async with open_doors(present(plan)) as doors:
        doors.base, doors.headers = f"/token/{name}/api", dict(KEYS[name])
        seen = [await doors.ask("GET", path) for _ in range(3)]
        outcome = await walk(doors.episode, Call(name, tool, {}, number=90))
        other = await doors.ask("GET", "/charges" if name == "payments" else path, None, RESTRICTED[name])
        doors.episode.world.clock.advance(int(seen[2].headers["retry-after"]) * SECOND)
        late = await doors.ask("GET", path)

    text = (outcome.reply.result or {})["content"][0]["text"]
    assert [each.status for each in (*seen, other, late)] == [200, 200, 429, 200, 200]
    assert [each.headers["x-ratelimit-remaining"] for each in seen] == ["1", "0", "0"]
    assert text.startswith(LIMITED[name])


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize(
    ("kind", "status"),
    [("unavailable", 503), ("tool_error", 500), ("auth_expired", 401), ("forbidden", 403), ("rate_limited", 429)],
)
async def test_faults_speak_as_the_service_and_as_its_wrapper(name: str, kind: str, status: int) -> None:
    path, tool = READS[name]
    async with open_doors(present(planned(name, **{"as": CARRIED[name]}))) as doors:
        doors.base, doors.headers = f"/token/{name}/api", dict(KEYS[name])
        doors.episode.faults.put([inline_profile([{"on": f"{name}.*", "fault": kind}])])
        seen = await doors.ask("GET", path)
        outcome = await walk(doors.episode, Call(name, tool, {}, number=90))
        definition: Any = doors.episode.servers[name].definition  # type: ignore[attr-defined]

    text = (outcome.reply.result or {})["content"][0]["text"]
    words, key = FAILED[name]
    schema = definition.document.schemas["Problem" if name == "orders" else "Error"]
    assert seen.status == status and key in seen.json
    assert definition.checker.fits(schema, seen.json, "answer")
    assert seen.headers["content-type"] == ("application/problem+json" if name == "orders" else "application/json")
    if status != 429:
        assert text.startswith(words.format(status=status))
    else:
        assert "retry-after" in seen.headers and text.startswith(LIMITED[name].partition(" Retry")[0][:40])


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("kind", ["http_status", "short_body", "reset", "closed", "malformed", "timed_out"])
async def test_faults_of_the_wire_hit_the_http_door_and_leave_the_next_request_alone(name: str, kind: str) -> None:
    path, _ = READS[name]
    async with open_doors(present(planned(name))) as doors:
        doors.base, doors.headers = f"/token/{name}/api", dict(KEYS[name])
        doors.episode.faults.put([inline_profile([{"on": f"{name}.*", "fault": kind, "budget": {"times": 1}}])])
        first, second = await doors.ask("GET", path), await doors.ask("GET", path)

    whole = first.status == 200 and first.body == second.body and not first.reset
    assert not whole
    assert second.status == 200
