"""FastMCP's generator: failures are errors with status and body, successes repeat their body as a structure."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sandbox_server.call import Reply
from sandbox_server.families.api.convention import (
    TIMEOUT,
    body_text,
    conventions,
    is_json,
    json_text,
    phrase,
)
from sandbox_server.families.api.generated.tools import Tool
from sandbox_server.fingerprint import fingerprints
from sandbox_server.fingerprints.fastmcp import CAPABILITIES, MODERN_CAPABILITIES, NO_LISTS, VERSIONS
from sandbox_server.surface import Surface
from worlds.parts.api.document import Document
from worlds.parts.api.exchange import ABSENT, Response

VERSION: Final = "4.1.2"
_LIMITED: Final = "Rate limited by upstream API, please retry later"


@conventions.register("openapi")
class OpenApi:
    """The manner of `from_openapi` 4.1.2."""

    def name(self, tool: Tool) -> str:
        """The generator's own."""
        return tool.name

    def surface(self, document: Document, tools: Sequence[Tool]) -> Surface:
        """A FastMCP server with one tool for each operation."""
        return Surface(
            server_info={"name": document.title, "version": VERSION},
            capabilities=CAPABILITIES,
            modern_capabilities=MODERN_CAPABILITIES,
            fingerprint=fingerprints.get("fastmcp"),
            tools=tuple(_entries(tools)),
            versions=VERSIONS,
            lists=NO_LISTS,
        )

    def told(self, tool: Tool, response: Response) -> Reply:
        """The body as text and as structure; a failure as an error that names status and body."""
        text = body_text(response)
        if not 200 <= response.status < 300:
            return self._failed(tool, response, text)
        if text is None or not is_json(response):
            return fingerprints.get("fastmcp").text(text or "")
        body = response.body
        structured = {"result": body} if tool.wraps or not isinstance(body, dict) else body
        content = [{"text": json_text(structured), "type": "text"}]
        return Reply({"content": content, "isError": False, "structuredContent": structured})

    def lost(self, tool: Tool, reason: str) -> Reply:
        """An error of the wrapper's own."""
        if reason == TIMEOUT:
            return _error(tool, "HTTP request timed out (ReadTimeout)")
        operation = tool.route.operation
        return _error(tool, f"Error building request for {operation.method} {operation.path}: {reason}")

    def _failed(self, tool: Tool, response: Response, text: str | None) -> Reply:
        if response.status == 429:
            return fingerprints.get("fastmcp").failure(_LIMITED)
        message = f"HTTP error {response.status}: {phrase(response.status)}"
        if response.body is not ABSENT and is_json(response):
            return _error(tool, f"{message} - {response.body}")
        return _error(tool, f"{message} - {text}" if text else message)


def _error(tool: Tool, message: str) -> Reply:
    return fingerprints.get("fastmcp").failure(f"Error calling tool {tool.name!r}: {message}")


def _entries(tools: Iterable[Tool]) -> Iterable[dict[str, Any]]:
    for tool in tools:
        entry = {
            "_meta": {"fastmcp": {"tags": sorted(set(tool.route.operation.tags))}},
            "description": tool.description,
            "inputSchema": tool.input_schema,
            "name": tool.name,
            "outputSchema": tool.output_schema,
            "title": tool.name.replace("_", " ").title(),
        }
        yield {key: value for key, value in entry.items() if value is not None}
