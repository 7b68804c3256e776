"""Who gets through to the admin API, and what is said to bodies that are wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox_server.admin.app import PREFIX
from sandbox_server.admin.operation import BODY_BYTES_MAX, all_operations
from tests.sandbox_server.owned import TOKEN, Owned, owned
from tests.sandbox_server.wire import Header, exchange, request_bytes, send

pytestmark = pytest.mark.anyio
HERE = "/episodes/default"
BEARER = {"authorization": f"Bearer {TOKEN}"}
VALUES = {"id": "default", "snapshot": "snap_1", "server": "shop", "table": "orders", "path:path": "w/a.txt"}


@pytest.fixture
async def own() -> AsyncIterator[Owned]:
    async with owned() as opened:
        yield opened


def admin_paths() -> list[tuple[str, str]]:
    """Every operation with a path that exists."""
    found: list[tuple[str, str]] = []
    for item in all_operations():
        path = item.path
        for name, value in VALUES.items():
            path = path.replace(f"{{{name}}}", value)
        found.append((item.verb, PREFIX + path))
    return found


async def test_nothing_is_told_without_the_token(own: Owned) -> None:
    tokens: list[dict[str, Header]] = [
        {}, {"authorization": "Bearer "}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"},
        {"authorization": TOKEN}, {"authorization": f"Bearer {TOKEN}x"}, {"authorization": [f"Bearer {TOKEN}"] * 2},
    ]  # fmt: skip
    for headers in tokens:
        for verb, path in [*admin_paths(), ("GET", "/"), ("GET", "/nowhere")]:
            seen = await send(own.admin.port, path, b"", headers, verb)
            assert (seen.status, seen.json["code"]) == (401, "unauthorized"), (verb, path, headers)
            assert seen.headers["www-authenticate"] == "Bearer"


async def test_no_agents_credential_opens_the_admin_api(own: Owned) -> None:
    credentials = [token for episode in own.stage.episodes.values() for token in episode.credentials]
    assert len(credentials) == 2

    for token in credentials:
        for verb, path in admin_paths():
            seen = await send(own.admin.port, path, b"", {"authorization": f"Bearer {token}"}, verb)
            assert seen.status == 401, (verb, path)
            seen = await send(own.admin.port, f"/{token}{path}", b"", {}, verb)
            assert seen.status == 401, (verb, path)


async def test_no_admin_path_is_behind_the_agents_listener(own: Owned) -> None:
    nothing = await send(own.agents.port, "/nothing", b"{}", {}, "POST")
    prefixes = ["", "/agent-token", "/clerk-token", "/agent-token/shop", f"/{TOKEN}", "/agent-token/shop/mcp"]
    for token in ("agent-token", TOKEN):
        for verb, path in admin_paths():
            for prefix in prefixes:
                headers: dict[str, Header] = {"authorization": f"Bearer {token}"}
                seen = await send(own.agents.port, prefix + path, b"{}", headers, verb)
                assert (seen.status, seen.body) == (nothing.status, nothing.body), (verb, prefix, path)
    assert (await own.ask("GET", HERE))["step"] == 0


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("localhost", 200), ("LOCALHOST:1", 200), ("[::1]:80", 200), ("10.0.0.7:80", 200),
        ("evil.example", 421), ("evil.example:80", 421), ("127.0.0.1.evil.example", 421), ("localhost.x.example", 421),
        ("", 421), (":80", 421), ("localhost,evil.example", 421), ("[::1", 421),
    ],
)  # fmt: skip
async def test_the_host_must_be_ours(own: Owned, host: str, status: int) -> None:
    seen = await send(own.admin.port, f"{PREFIX}/health", b"", {**BEARER, "host": host}, "GET")

    assert seen.status == status
    if status == 421:
        assert seen.json["code"] == "wrong_host"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "file://", ""])
async def test_other_origins_are_refused(own: Owned, origin: str) -> None:
    seen = await send(own.admin.port, f"{PREFIX}/reset", b"", {**BEARER, "origin": origin})
    assert (seen.status, seen.json["code"]) == (403, "wrong_origin")

    same = f"http://127.0.0.1:{own.admin.port}"
    seen = await send(own.admin.port, f"{PREFIX}/reset", b"", {**BEARER, "origin": same})
    assert seen.status == 200


BAD: list[tuple[str, str, Any, int, str, str]] = [
    ("POST", "/episodes", {}, 422, "$", "give either"),
    ("POST", "/episodes", {"world": "a", "scenario": "b"}, 422, "$", "give either"),
    ("POST", "/episodes", {"world": 5}, 422, "$.world", ""),
    ("POST", "/episodes", {"world": "x", "seed": -1}, 422, "$.seed", "greater"),
    ("POST", "/episodes", {"world": "x", "seed": "1"}, 422, "$.seed", "integer"),
    ("POST", "/episodes", {"world": "x", "clock": "fast"}, 422, "$.clock", "virtual"),
    ("POST", "/episodes", {"world": "x", "wurld": 1}, 422, "$.wurld", "not known"),
    ("POST", "/episodes", {"world": "x", "actors": ["A b"]}, 422, "$.actors[0]", "pattern"),
    ("POST", "/episodes", {"world": "x", "actors": ["agent"]}, 422, "$", "none of"),
    ("POST", "/episodes", [], 422, "$", "dictionary"),
    ("POST", f"{HERE}/snapshots", {"label": "x" * 201}, 422, "$.label", "200"),
    ("POST", f"{HERE}/restore", {"step": 1, "snapshot": "snap_1"}, 422, "$", "give either"),
    ("POST", f"{HERE}/restore", {"step": 1.5}, 422, "$.step", "integer"),
    ("POST", f"{HERE}/query", {"sql": "select 1", "rows_max": 0}, 422, "$.rows_max", ""),
    ("POST", f"{HERE}/query", {}, 422, "$.sql", "required"),
    ("PUT", f"{HERE}/clock", {"mode": "slow"}, 422, "$.mode", ""),
    ("PUT", f"{HERE}/clock", {"now": "tomorrow"}, 422, "$.now", ""),
    ("POST", "/reset", {"hard": True}, 422, "$.hard", "not known"),
    ("GET", f"{HERE}/ledger?limit=0", None, 422, "?limit", ""),
    ("GET", f"{HERE}/ledger?limit=1&limit=2", None, 422, "", "more than once"),
    ("GET", f"{HERE}/diff?form=1", None, 422, "?form", "not known"),
]


@pytest.mark.parametrize(("verb", "path", "body", "status", "where", "words"), BAD)
async def test_what_is_wrong_is_said_with_its_place(
    own: Owned, verb: str, path: str, body: Any, status: int, where: str, words: str
) -> None:
    response = await own.client.request(verb, path, json=body)

    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert (problem["status"], problem["code"], problem["type"]) == (
        status,
        "invalid",
        "urn:soundstage:problem:invalid",
    )
    if where:
        assert where in [fault["path"] for fault in problem["errors"]]
    assert words.lower() in json.dumps(problem).lower()


async def test_unknown_keys_name_the_accepted_ones(own: Owned) -> None:
    problem = await own.ask("POST", "/episodes", {"wurld": "x", "world": "y"}, 422)

    assert problem["errors"][0]["accepted"] == "world, scenario, seed, clock, actors, faults, faults_seed"


@pytest.mark.parametrize(
    "content",
    [b"{", b"{'a': 1}", b"\xff", b'{"world": NaN}', b'{"seed": Infinity}', b"[" * 100_000, b'{"a"' * 50_000, b"nul"],
)
async def test_what_is_not_json_is_refused(own: Owned, content: bytes) -> None:
    response = await own.client.post("/episodes", content=content)

    assert (response.status_code, response.json()["code"]) == (400, "not_json")


async def test_only_json_is_understood_and_curl_too(own: Owned) -> None:
    for media in ("application/json", "application/json; charset=utf-8", "application/x-www-form-urlencoded", ""):
        response = await own.client.post("/reset", content=b"{}", headers={"content-type": media})
        assert response.status_code == 200
    for media in ("text/xml", "multipart/form-data; boundary=x", "text/plain", "application/zip"):
        response = await own.client.post("/reset", content=b"{}", headers={"content-type": media})
        assert (response.status_code, response.json()["code"]) == (415, "wrong_media")


async def test_a_body_that_is_too_large_is_refused(own: Owned) -> None:
    response = await own.client.post("/reset", content=b" " * (BODY_BYTES_MAX + 1))

    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    chunked = b"".join(b"100000\r\n" + b" " * 0x100000 + b"\r\n" for _ in range(9)) + b"0\r\n\r\n"
    head = request_bytes(
        own.admin.port, f"{PREFIX}/reset", b"", {**BEARER, "content-length": None, "transfer-encoding": "chunked"}
    )
    assert (await exchange(own.admin.port, head + chunked)).status == 413
    assert (await own.ask("GET", "/health"))["status"] == "ok"


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/episodes/never", 404), ("POST", "/episodes/never/reset", 404), ("DELETE", "/episodes/never", 404),
        ("GET", "/episodes/never/ledger", 404), ("GET", f"{HERE}/snapshots/snap_9/archive", 404),
        ("GET", f"{HERE}/diff?from=7", 404), ("GET", f"{HERE}/diff?to=snap_7", 404), ("GET", f"{HERE}/state?at=9", 404),
        ("GET", f"{HERE}/state/files/never", 404), ("GET", f"{HERE}/state/files/shop", 404),
        ("GET", f"{HERE}/state/files/files/w/never", 404), ("GET", f"{HERE}/state/files/files/etc/passwd", 404),
        ("GET", f"{HERE}/state/files/files/w/../../etc/passwd", 404),
        ("GET", f"{HERE}/state/files/files/w/a.txt/deeper", 404), ("GET", f"{HERE}/state/files/files/w/%00", 404),
        ("GET", f"{HERE}/state/tables/never", 404), ("GET", f"{HERE}/state/tables/shop/never", 404),
        ("GET", "/never", 404), ("GET", "/", 404), ("PUT", "/health", 405), ("PATCH", HERE, 405),
        ("POST", f"{HERE}/diff", 405),
    ],
)  # fmt: skip
async def test_what_does_not_exist_is_a_problem_too(own: Owned, verb: str, path: str, status: int) -> None:
    response = await own.client.request(verb, path)

    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["code"] in ("not_found", "wrong_verb")


async def test_worlds_that_do_not_exist_and_scenarios_are_refused(own: Owned) -> None:
    assert (await own.ask("POST", "/episodes", {"world": "never"}, 422))["code"] == "unknown_name"
    assert (await own.ask("POST", "/episodes", {"world": "/never/world.yaml"}, 422))["code"] == "unknown_name"
    assert (await own.ask("POST", "/episodes", {"scenario": "x.yaml"}, 422))["code"] == "no_scenarios"
    world = {"world": "x", "servers": {"a": {"kind": "filesystem", "root": "/w", "from": "files/"}}}
    assert (await own.ask("POST", "/episodes", {"world": world}, 422))["code"] in ("file", "world", "unknown_name")


async def test_half_a_request_and_rubbish_do_not_hurt(own: Owned) -> None:
    for data in (b"", b"\0\0\0", b"GET", b"POST /admin/v1/reset HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{"):
        reader_writer = await asyncio.open_connection("127.0.0.1", own.admin.port)
        reader_writer[1].write(data)
        await reader_writer[1].drain()
        reader_writer[1].close()
    assert (await own.ask("GET", "/health"))["status"] == "ok"
