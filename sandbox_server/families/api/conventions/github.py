"""GitHub's own server: failures are errors that begin with what was tried and name the request and its status."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox_server.call import Reply
from sandbox_server.families.api.convention import TIMEOUT, body_text, conventions, phrase
from sandbox_server.families.api.conventions.json import LowLevel
from sandbox_server.families.api.generated.tools import Tool
from sandbox_server.fingerprints.typescript.manner import VERSIONS
from sandbox_server.surface import Surface
from worlds.parts.api.document import Document
from worlds.parts.api.exchange import Response

_INVALID_PARAMS: Final = -32602
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECONDARY: Final = "secondary rate limit"


class Go(LowLevel):
    """A server written in Go: the same order of keys, and its own words for names that it does not know."""

    def unknown_tool(self, name: str) -> Reply:
        """A protocol error."""
        return Reply.refused(_INVALID_PARAMS, f'unknown tool "{name}"')


_WORDS: Final = Go()


@conventions.register("github")
class GitHub:
    """The manner of GitHub's server: `isError` with a sentence for each operation."""

    def name(self, tool: Tool) -> str:
        """The operation's id in lower case, its words joined."""
        return "_".join(words_of(tool.name)) or tool.name

    def surface(self, document: Document, tools: Sequence[Tool]) -> Surface:
        """Tools with titles and whether they only read."""
        return Surface(
            server_info={"name": document.title, "version": document.version or "1.0.0"},
            capabilities={"logging": {}, "tools": {"listChanged": True}},
            fingerprint=_WORDS,
            tools=tuple(self._entry(tool) for tool in tools),
            versions=VERSIONS,
        )

    def told(self, tool: Tool, response: Response) -> Reply:
        """The body as text; a failure as a sentence."""
        text = body_text(response)
        if response.status < 400:
            return _WORDS.text("" if text is None else text)
        return _WORDS.failure(f"failed to {' '.join(words_of(tool.name))}: {_cause(tool, response)}")

    def lost(self, tool: Tool, reason: str) -> Reply:
        """What the client under it said."""
        operation = tool.route.operation
        missing = re.findall(r"'([^']+)'", reason) if "Missing required" in reason else []
        if missing:
            return _WORDS.failure(f"missing required parameter: {missing[0]}")
        if reason != TIMEOUT:
            return _WORDS.failure(reason.partition(": ")[2] or reason)
        words = " ".join(words_of(tool.name))
        url = f'{operation.method.capitalize()} "{operation.path}"'
        return _WORDS.failure(f"failed to {words}: {url}: context deadline exceeded")

    def _entry(self, tool: Tool) -> dict[str, Any]:
        reads = tool.route.operation.method in ("GET", "HEAD")
        title = (tool.route.operation.summary or " ".join(words_of(tool.name)).capitalize()).rstrip(".")
        return {
            "name": self.name(tool),
            "description": tool.description,
            "inputSchema": dict(tool.input_schema),
            "annotations": {"title": title, "readOnlyHint": reads},
        }


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case: `listCharges`, `list-charges` and `list_charges` have two."""
    return [word.lower() for word in _WORD.findall(name)]


def _cause(tool: Tool, response: Response) -> str:
    """The request, the status, what the service said of it, and of which fields."""
    operation, body = tool.route.operation, response.body
    told = _message(body)
    if response.status in (403, 429) and (response.status == 429 or "rate limit" in told.lower()):
        wait = response.header("retry-after")
        kind = "GitHub API secondary rate limit" if _SECONDARY in told.lower() else "GitHub API rate limit"
        return f"{kind} exceeded." + (f" Retry after {wait}s." if wait and wait.isdigit() else "")
    if response.status == 422 and (lines := _fields(body)):
        return "\n".join([told or phrase(422), *lines])
    return f"{operation.method} {operation.path}: {response.status} {told or phrase(response.status)} []"


def _message(body: Any) -> str:
    """What an error's body says, wherever services put it."""
    if not isinstance(body, Mapping):
        return body if isinstance(body, str) else ""
    for key in ("message", "error", "detail", "title", "error_description"):
        found = body.get(key)
        if isinstance(found, Mapping):
            return _message(found)
        if isinstance(found, str):
            return found
    return ""


def _fields(body: Any) -> list[str]:
    errors = body.get("errors") if isinstance(body, Mapping) else None
    lines = []
    for each in errors if isinstance(errors, list) else ():
        if isinstance(each, Mapping):
            place = ".".join(str(each[key]) for key in ("resource", "field") if each.get(key))
            code = f" ({each['code']})" if each.get("code") else ""
            lines.append(f"{place}{code}: {each.get('message', 'invalid')}")
    return lines
