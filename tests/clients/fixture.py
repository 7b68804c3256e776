"""The server that the official conformance suite expects, as a world: its tools by their exact names."""

import base64
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sandbox_server.call import Call, Reply
from sandbox_server.family import Site
from sandbox_server.presentation import Presentation
from tests.sandbox_server.plain import PlainServer, presentation, surface

SCENARIOS = {
    "0.1.16": [
        "server-initialize", "ping", "tools-list", "tools-call-simple-text", "tools-call-image", "tools-call-audio",
        "tools-call-embedded-resource", "tools-call-mixed-content", "tools-call-with-logging", "tools-call-error",
        "tools-call-with-progress", "server-sse-multiple-streams", "dns-rebinding-protection", "json-schema-2020-12",
        "logging-set-level",
    ],
    "0.2.0-alpha.12": [
        "server-stateless", "tools-list", "tools-call-simple-text", "tools-call-image", "tools-call-audio",
        "tools-call-embedded-resource", "tools-call-mixed-content", "tools-call-error", "tools-call-with-progress",
        "server-sse-multiple-streams", "dns-rebinding-protection", "http-header-validation", "json-schema-2020-12",
        "input-required-result-unsupported-methods", "input-required-result-ignore-extra-params",
    ],
}  # fmt: skip
"""What applies to a server that has tools and nothing else, by version of the suite."""

JSON_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {"address": {"$anchor": "address", "type": "object", "properties": {"street": {"type": "string"}}}},
    "type": "object",
    "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"}},
    "allOf": [{"anyOf": [{"required": ["name"]}, {"required": ["address"]}]}],
    "if": {"properties": {"name": {"const": "x"}}},
    "then": {"required": ["address"]},
    "else": {"required": []},
    "additionalProperties": False,
}


def _png() -> str:
    """A picture of one pixel."""
    pieces = (b"IHDR" + bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]), b"IDAT" + zlib.compress(bytes(4)), b"IEND")
    body = b"".join(
        (len(piece) - 4).to_bytes(4, "big") + piece + zlib.crc32(piece).to_bytes(4, "big") for piece in pieces
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


def _wav() -> str:
    """A sound of no samples."""
    header = b"fmt " + (16).to_bytes(4, "little") + bytes([1, 0, 1, 0, 64, 31, 0, 0, 64, 31, 0, 0, 1, 0, 8, 0])
    content = b"WAVE" + header + b"data" + bytes(4)
    return base64.b64encode(b"RIFF" + len(content).to_bytes(4, "little") + content).decode()


TEXT = {"type": "text", "text": "Multiple content types test:"}
IMAGE = {"type": "image", "data": _png(), "mimeType": "image/png"}
AUDIO = {"type": "audio", "data": _wav(), "mimeType": "audio/wav"}
RESOURCE = {
    "type": "resource",
    "resource": {"uri": "test://embedded-resource", "mimeType": "text/plain", "text": "This is an embedded resource."},
}
MIXED = {
    "type": "resource",
    "resource": {"uri": "test://mixed-content-resource", "mimeType": "application/json", "text": '{"test":"data"}'},
}


def _content(*blocks: dict[str, Any]) -> Reply:
    return Reply({"content": list(blocks), "isError": False})


def _logged(call: Call, site: Site) -> Reply:
    for text in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        site.outbox.append({"method": "notifications/message", "params": {"level": "info", "data": text}})
    return _content({"type": "text", "text": "logged"})


def _progressed(call: Call, site: Site) -> Reply:
    token = (call.meta or {}).get("progressToken")
    for progress in (0, 50, 100):
        params = {"progressToken": token, "progress": progress, "total": 100}
        site.outbox.append({"method": "notifications/progress", "params": params})
    return _content({"type": "text", "text": "progressed"})


def _capable(call: Call, site: Site) -> Reply:
    declared = (call.meta or {}).get("io.modelcontextprotocol/clientCapabilities", {})
    if "sampling" not in declared:
        data: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
        return Reply.refused(-32021, "Missing required client capability", data)
    return _content({"type": "text", "text": "capable"})


TOOLS: Mapping[str, Callable[[Call, Site], Reply]] = {
    "test_simple_text": lambda c, s: _content({"type": "text", "text": "This is a simple text response for testing."}),
    "test_image_content": lambda c, s: _content(IMAGE),
    "test_audio_content": lambda c, s: _content(AUDIO),
    "test_embedded_resource": lambda c, s: _content(RESOURCE),
    "test_multiple_content_types": lambda c, s: _content(TEXT, IMAGE, MIXED),
    "test_error_handling": lambda c, s: Reply(
        {
            "content": [{"type": "text", "text": "This tool intentionally returns an error for testing"}],
            "isError": True,
        }
    ),
    "test_tool_with_logging": _logged,
    "test_tool_with_progress": _progressed,
    "test_missing_capability": _capable,
    "json_schema_2020_12_tool": lambda c, s: _content({"type": "text", "text": "ok"}),
}


class Fixture(PlainServer):
    """The suite's tools."""

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        return TOOLS[call.tool](call, site)

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        return Reply({}) if method == "logging/setLevel" and site.actor == "agent" else None


def fixture() -> Presentation:
    """A world with the suite's server."""
    listed = tuple(
        {
            "name": name,
            "description": f"The tool {name}.",
            "inputSchema": JSON_SCHEMA if name.startswith("json") else {"type": "object", "properties": {}},
        }
        for name in TOOLS
    )
    shown = surface(tools=listed, capabilities={"tools": {"listChanged": False}, "logging": {}})
    made = presentation(shown)
    return replace(made, servers={name: Fixture(shown) for name in made.servers})
