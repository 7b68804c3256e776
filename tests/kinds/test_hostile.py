"""Whatever is sent to a server of any kind is answered, tells nothing, and leaves the others alone."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox_server.carriers.http import serve_agents
from sandbox_server.presentation import Presentation, present
from sandbox_server.stage import Stage
from tests.kinds.town import KINDS, write_town
from tests.sandbox_server.test_agent_view import HELLO, JSON, TELLING, exchange, rpc
from worlds.worldfile import read_world

LEAKS = re.compile(r"uvicorn|starlette|Traceback|/worlds/|site-packages|\.py\b|object at 0x")
DEEP = "[" * 400 + "]" * 400
ODD: dict[str, str] = {
    "huge": json.dumps("x" * 2_000_000),
    "deep": DEEP,
    "deep mapping": '{"a":' * 400 + "1" + "}" * 400,
    "half a character": r'"\ud800"',
    "zero": r'"a\u0000b"',
    "not a number": "NaN",
    "endless": "1e999",
    "long number": "9" * 5_000,
    "many": json.dumps(list(range(10_000))),
    "many names": json.dumps({str(number): number for number in range(10_000)}),
    "nothing": "null",
    "truth": "true",
    "minus": "-1",
    "empty": '""',
    "pattern": json.dumps("(" * 200 + "a*)*" * 200),
    "control": json.dumps("\x1b]0;title\x07\u202e"),
    "key": json.dumps({"__proto__": {"a": 1}, "constructor": 1, "": 2, "$ref": "#/x"}),
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Presentation:
    folder = tmp_path_factory.mktemp("town")
    write_town(folder)
    return present(read_world(str(folder / "town.yaml")))


def asked(shown: Presentation, server: str) -> Iterator[bytes]:
    """Every tool with every odd value in the place of each argument, of all arguments, and of one too many."""
    for tool in shown.servers[server].surface.tools:
        name, schema = str(tool["name"]), tool["inputSchema"]
        right = {KINDS[server].read[0]: KINDS[server].read[1], KINDS[server].write[0]: KINDS[server].write[1]}
        known = dict(right.get(name, {}))
        for value in ODD.values():
            yield _call(name, value)
            yield _call(name, _object({**{key: json.dumps(each) for key, each in known.items()}, "odd one": value}))
            for argument in schema.get("properties", {}):
                given = {key: json.dumps(each) for key, each in known.items()}
                yield _call(name, _object({**given, argument: value}))


def _object(pairs: dict[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in pairs.items()) + "}"


def _call(name: str, arguments: str) -> bytes:
    text = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%s,"arguments":%s}}'
    return (text % (json.dumps(name), arguments)).encode()


async def _session(port: int, path: str) -> tuple[str, ...]:
    hello = await exchange(port, "POST", path, HELLO, *JSON)
    found = re.search(rb"mcp-session-id: (\S+)", hello)
    session = (f"mcp-session-id: {found.group(1).decode()}",) if found else ()
    return (*JSON, "mcp-protocol-version: 2025-11-25", *session)


async def _answers(shown: Presentation, server: str) -> tuple[list[bytes], list[bytes], list[Any]]:
    """The answers to odd calls, what the server says afterwards, and the messages the loop complained of."""
    stage, complaints = Stage(), []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    (token,) = stage.open(shown).credentials
    async with serve_agents(stage) as listener:
        path = f"/{token}/{server}/mcp"
        headers = await _session(listener.port, path)
        odd = [await exchange(listener.port, "POST", path, body, *headers) for body in asked(shown, server)]
        methods = [
            rpc(method, uri="x" * 9, name="\0", cursor="?", arguments={})
            for method in ("resources/read", "resources/list", "prompts/get", "tools/list", "logging/setLevel", "ping")
        ]
        odd += [await exchange(listener.port, "POST", path, body, *headers) for body in methods]
        last = rpc("tools/call", name=KINDS[server].read[0], arguments=dict(KINDS[server].read[1]))
        after = [await exchange(listener.port, "POST", path, last, *headers)]
    stage.close_all()
    return odd, after, complaints


@pytest.mark.parametrize("server", [name for name in KINDS if name not in ("files", "shop")])
def test_odd_calls_are_answered_and_tell_nothing(shown: Presentation, server: str) -> None:
    odd, after, complaints = asyncio.run(_answers(shown, server))

    assert len(odd) > 30 and not complaints
    for answer in odd:
        text = answer.decode(errors="replace")
        status = int(text[9:12])
        assert status < 500, text[:600]
        told = text.replace("openapi", "")
        found = LEAKS.search(told) or TELLING.search(told)
        assert not found, told[max(0, found.start() - 300) : found.end() + 100]
    assert b'"isError":true' not in after[0].replace(b" ", b"") and b" 200 " in after[0][:20], after[0][:500]


PLAIN = [
    ("GET", "/charges", b"", ()),
    ("GET", "/charges?limit=" + "9" * 5_000, b"", ()),
    ("GET", "/charges/" + "%00" * 50, b"", ()),
    ("GET", "/charges/" + "x" * 8_000, b"", ()),
    ("GET", "/charges?" + "&".join(f"a{number}={number}" for number in range(1_000)), b"", ()),
    ("POST", "/refunds", DEEP.encode(), ()),
    ("POST", "/refunds", b"[" * 100_000, ()),
    ("POST", "/refunds", b'{"charge":"\\ud800","cents":1}', ()),
    ("POST", "/refunds", b'{"charge":"ch_501","cents":NaN}', ()),
    ("POST", "/refunds", b'{"charge":"ch_501","cents":1e999}', ()),
    ("POST", "/refunds", b"\xff\xfe", ()),
    ("POST", "/refunds", b"a=b&c=d", ("content-type: application/x-www-form-urlencoded",)),
    ("POST", "/refunds", b"", ("content-type: multipart/form-data; boundary=x",)),
    ("POST", "/refunds", b'{"charge":"ch_501","cents":1}', ("idempotency-key: " + "k" * 4_000,)),
    ("PATCH", "/charges/ch_501", b'{"note":' + b'"x' * 1 + b"x" * 1_000_000 + b'"}', ()),
    ("BREW", "/charges", b"", ()),
    ("OPTIONS", "/charges", b"", ()),
    ("HEAD", "/charges", b"", ()),
    ("GET", "/nothing", b"", ()),
    ("GET", "/../../admin/v1/health", b"", ()),
]


async def _plain_answers(shown: Presentation) -> list[bytes]:
    stage = Stage()
    (token,) = stage.open(shown).credentials
    found = []
    async with serve_agents(stage) as listener:
        for key in ("authorization: Bearer sk_live_desk", "authorization: Bearer wrong", "x: y"):
            for method, path, body, headers in PLAIN:
                own = (key, *(headers or ("content-type: application/json",)))
                found.append(await exchange(listener.port, method, f"/{token}/billing/api{path}", body, *own))
    stage.close_all()
    return found


def test_odd_plain_requests_are_answered_and_tell_nothing(shown: Presentation) -> None:
    for answer in asyncio.run(_plain_answers(shown)):
        text = answer.decode(errors="replace")
        assert int(text[9:12]) < 500, text[:600]
        found = LEAKS.search(text) or TELLING.search(text)
        assert not found, text[max(0, found.start() - 300) : found.end() + 100]


def test_no_list_of_any_kind_is_telling(shown: Presentation, tmp_path: Path) -> None:
    for convention in ("openapi", "github", "json"):
        written = write_town(tmp_path)
        written["servers"]["billing"]["convention"] = convention
        (tmp_path / "town.yaml").write_text(json.dumps(written))
        for name, server in present(read_world(str(tmp_path / "town.yaml"))).servers.items():
            surface = server.surface
            texts = [surface.server_info, surface.capabilities, surface.tools, surface.instructions, surface.lists]
            assert not TELLING.search(json.dumps(texts, default=dict)), (name, convention)
