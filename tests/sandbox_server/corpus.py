"""Well- and ill-formed requests, for comparing two servers of which one is the SDK's own."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox_server.wire import HELLO, META, MODERN, Header, modern, rpc

OTHER_META = {**META, "io.modelcontextprotocol/protocolVersion": "2099-01-01"}


@dataclass(frozen=True)
class Probe:
    """One request: its body, headers beside the usual ones, and the HTTP method."""

    name: str
    body: bytes = b""
    headers: dict[str, Header] = field(default_factory=dict)
    method: str = "POST"


def _modern(name: str, method: str, params: dict[str, Any] | None = None, **headers: Header) -> Probe:
    body, usual = modern(method, params)
    return Probe(name, body, {**usual, **{key.replace("_", "-"): value for key, value in headers.items()}})


def _enveloped(name: str, meta: Any, **headers: Header) -> Probe:
    usual: dict[str, Header] = {"mcp-protocol-version": MODERN, "mcp-method": "tools/list"}
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    return Probe(name, rpc("tools/list", {"_meta": meta}), {**usual, **given})


CALL: dict[str, Any] = {"name": "noop", "arguments": {"x": "naïve 日本"}}

MODERN_PROBES = [
    _modern("discover", "server/discover"),
    _modern("list", "tools/list"),
    _modern("call", "tools/call", CALL),
    _modern("call without arguments", "tools/call", {"name": "noop"}),
    _modern("unknown tool", "tools/call", {"name": "nothing", "arguments": {}}),
    _modern("call without a name", "tools/call", {"arguments": {}}),
    _modern("call with a name that is no text", "tools/call", {"name": 5}, mcp_name="5"),
    _modern("unknown method", "no/such"),
    _modern("removed: ping", "ping"),
    _modern("removed: initialize", "initialize", HELLO),
    _modern("removed: logging/setLevel", "logging/setLevel", {"level": "info"}),
    _modern("resources/list without resources", "resources/list"),
    _modern("missing method header", "tools/list", mcp_method=None),
    _modern("wrong method header", "tools/list", mcp_method="tools/call"),
    _modern("upper-case method header", "tools/list", mcp_method="TOOLS/LIST"),
    _modern("missing name header", "tools/call", CALL, mcp_name=None),
    _modern("wrong name header", "tools/call", CALL, mcp_name="other"),
    _modern("name header in base64", "tools/call", CALL, mcp_name="=?base64?bm9vcA==?="),
    _modern("name header in broken base64", "tools/call", CALL, mcp_name="=?base64?*?="),
    _modern("method header twice", "tools/list", mcp_method=["tools/list", "tools/list"]),
    _modern("name header twice", "tools/call", CALL, mcp_name=["noop", "other"]),
    _modern("unknown version header", "tools/list", mcp_protocol_version="2099-01-01"),
    _enveloped("unknown version", OTHER_META, mcp_protocol_version="2099-01-01"),
    _enveloped("unknown version in the body only", OTHER_META),
    _enveloped("no envelope", None),
    _enveloped("an envelope that is a list", []),
    _enveloped("no capabilities", {"io.modelcontextprotocol/protocolVersion": MODERN}),
    _enveloped("no version", {"io.modelcontextprotocol/clientCapabilities": {}}),
    _enveloped("a version that is a number", {**META, "io.modelcontextprotocol/protocolVersion": 5}),
    Probe("notification", rpc("notifications/x", id=...), {"mcp-protocol-version": MODERN}),
    Probe("notification at an unknown version", rpc("notifications/x", id=...), {"mcp-protocol-version": "2099-01-01"}),
    Probe("response", b'{"jsonrpc":"2.0","id":1,"result":{}}', {"mcp-protocol-version": MODERN}),
    Probe("batch", b"[" + rpc("tools/list") + b"]", {"mcp-protocol-version": MODERN}),
    Probe("broken JSON", b'{"jsonrpc":', {"mcp-protocol-version": MODERN}),
    Probe("empty body", b"", {"mcp-protocol-version": MODERN}),
    Probe("bad UTF-8", b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}', {"mcp-protocol-version": MODERN}),
    Probe("deep nesting", b"[" * 20_000, {"mcp-protocol-version": MODERN}),
    Probe("id that is null", b'{"jsonrpc":"2.0","id":null,"method":"tools/list"}', {"mcp-protocol-version": MODERN}),
    Probe("id that is a list", b'{"jsonrpc":"2.0","id":[],"method":"tools/list"}', {"mcp-protocol-version": MODERN}),
    Probe("wrong jsonrpc", b'{"jsonrpc":"1.0","id":1,"method":"tools/list"}', {"mcp-protocol-version": MODERN}),
    Probe("a text", b'"tools/list"', {"mcp-protocol-version": MODERN}),
    Probe("GET", method="GET", headers={"mcp-protocol-version": MODERN}),
    Probe("DELETE", method="DELETE", headers={"mcp-protocol-version": MODERN}),
    _modern("accepts nothing", "tools/list", accept=None),
    _modern("accepts JSON only", "tools/list", accept="application/json"),
    _modern("accepts anything", "tools/list", accept="*/*"),
    _modern("wrong content type", "tools/list", content_type="text/plain"),
    _modern("content type with parameters", "tools/list", content_type="application/json; charset=utf-8"),
    _modern("strange host", "tools/list", host="evil.example"),
    _modern("strange origin", "tools/list", origin="http://evil.example"),
    _modern("own origin", "tools/list", origin="http://localhost:1234"),
    _modern("too large", "tools/list", content_length=str(5 * 1024 * 1024)),
]

SESSION_PROBES = [
    Probe("list", rpc("tools/list")),
    Probe("call", rpc("tools/call", CALL)),
    Probe("call with a text for an id", rpc("tools/call", CALL, id="a")),
    Probe("call without arguments", rpc("tools/call", {"name": "noop"})),
    Probe("unknown tool", rpc("tools/call", {"name": "nothing", "arguments": {}})),
    Probe("call without a name", rpc("tools/call", {})),
    Probe("call without params", rpc("tools/call")),
    Probe("arguments that are a list", rpc("tools/call", {"name": "noop", "arguments": []})),
    Probe("params that are a list", rpc("tools/call", [])),
    Probe("ping", rpc("ping")),
    Probe("unknown method", rpc("no/such")),
    Probe("resources/list without resources", rpc("resources/list")),
    Probe("discover", rpc("server/discover")),
    Probe("notification", rpc("notifications/x", id=...)),
    Probe("response", b'{"jsonrpc":"2.0","id":1,"result":{}}'),
    Probe("error response", b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}'),
    Probe("batch", b"[" + rpc("ping") + b"]"),
    Probe("empty batch", b"[]"),
    Probe("broken JSON", b"{"),
    Probe("empty body", b""),
    Probe("bad UTF-8", b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}'),
    Probe("deep nesting", b"[" * 20_000),
    Probe("no method", b'{"jsonrpc":"2.0","id":1}'),
    Probe("wrong jsonrpc", b'{"jsonrpc":"1.0","id":1,"method":"ping"}'),
    Probe("id that is null", b'{"jsonrpc":"2.0","id":null,"method":"ping"}'),
    Probe("id that is true", b'{"jsonrpc":"2.0","id":true,"method":"ping"}'),
    Probe("id that is a fraction", b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}'),
    Probe("a number", b"5"),
    Probe("no session", rpc("ping"), {"mcp-session-id": None}),
    Probe("unknown session", rpc("ping"), {"mcp-session-id": "0123456789abcdef"}),
    Probe("unknown session to begin with", rpc("initialize", HELLO), {"mcp-session-id": "0123456789abcdef"}),
    Probe("no version header", rpc("ping"), {"mcp-protocol-version": None}),
    Probe("older version header", rpc("ping"), {"mcp-protocol-version": "2024-11-05"}),
    Probe("accepts nothing", rpc("ping"), {"accept": None}),
    Probe("accepts JSON only", rpc("ping"), {"accept": "application/json"}),
    Probe("accepts anything", rpc("ping"), {"accept": "*/*"}),
    Probe("wrong content type", rpc("ping"), {"content-type": "text/plain"}),
    Probe("no content type", rpc("ping"), {"content-type": None}),
    Probe("strange host", rpc("ping"), {"host": "evil.example"}),
    Probe("strange origin", rpc("ping"), {"origin": "http://evil.example"}),
    Probe("too large", b"", {"content-length": str(5 * 1024 * 1024)}),
    Probe("PUT", method="PUT"),
    Probe("PATCH", method="PATCH"),
    Probe("OPTIONS", method="OPTIONS"),
    Probe("HEAD", method="HEAD"),
    Probe("GET that accepts JSON", method="GET", headers={"accept": "application/json"}),
    Probe("GET without a session", method="GET", headers={"mcp-session-id": None}),
    Probe("DELETE without a session", method="DELETE", headers={"mcp-session-id": None}),
    Probe("initialize again", rpc("initialize", HELLO)),
    Probe("initialize badly", rpc("initialize", {})),
]

OPENING_PROBES = [
    Probe(f"initialize at {version}", rpc("initialize", {**HELLO, "protocolVersion": version}))
    for version in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "1999-01-01", "2026-07-28", "")
] + [
    Probe("initialize badly", rpc("initialize", {"protocolVersion": 5})),
    Probe("initialize without params", rpc("initialize")),
    Probe("anything else first", rpc("tools/list")),
    Probe("a version header of nowhere", rpc("tools/list"), {"mcp-protocol-version": "nowhere"}),
]


def shape(value: Any) -> Any:
    """A JSON value without what two servers may differ in: key order, and the text of long complaints."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, str) and value.startswith(("Parse error: ", "Validation error: ")):
        return value.partition(":")[0]
    return value


def dumped(value: Any) -> str:
    """For the names of probes in failures."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
