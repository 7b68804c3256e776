"""Wrappers that hand on bodies: every answer is a success, and only its body says whether it worked."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox_server.call import ABSENT as NO_ARGUMENTS
from sandbox_server.call import Reply
from sandbox_server.families.api.convention import TIMEOUT, body_text, conventions, json_text
from sandbox_server.families.api.generated.tools import Tool
from sandbox_server.fingerprints.typescript.manner import VERSIONS, TypeScript
from sandbox_server.surface import Surface
from worlds.parts.api.document import Document
from worlds.parts.api.exchange import Response

NAME_LETTERS_MAX: Final = 64
_PREFIX: Final = "API-"
_INTERNAL: Final = -32603


class LowLevel(TypeScript):
    """The low-level server of the TypeScript SDK, which leaves arguments to whoever answers."""

    def accept(self, tool: Mapping[str, Any], arguments: Any) -> Reply | dict[str, Any]:
        """Any object."""
        if arguments is NO_ARGUMENTS or arguments is None:
            return {}
        return dict(arguments) if isinstance(arguments, dict) else self.bad_call(None)


_WORDS: Final = LowLevel()


@conventions.register("json")
class Json:
    """The manner of wrappers as Notion's and Slack's: compact JSON, never flagged."""

    def name(self, tool: Tool) -> str:
        """The operation's id behind a prefix."""
        return f"{_PREFIX}{tool.name}"[:NAME_LETTERS_MAX]

    def surface(self, document: Document, tools: Sequence[Tool]) -> Surface:
        """Tools without output schemas."""
        return Surface(
            server_info={"name": document.title, "version": document.version or "1.0.0"},
            capabilities={"tools": {}},
            fingerprint=_WORDS,
            tools=tuple(self._entry(tool) for tool in tools),
            versions=VERSIONS,
            unknown_tool=_unknown,
        )

    def told(self, tool: Tool, response: Response) -> Reply:
        """The body; that of a failure is an object that says so first."""
        text = body_text(response)
        if response.status < 400:
            return _WORDS.text("" if text is None else text)
        told = response.body if isinstance(response.body, dict) else {"data": text or ""}
        return _WORDS.text(json_text({"status": "error", **told}))

    def lost(self, tool: Tool, reason: str) -> Reply:
        """What was thrown, as a body."""
        words = "timeout of 30000ms exceeded" if reason == TIMEOUT else reason.partition(": ")[2] or reason
        return _WORDS.text(json_text({"status": "error", "message": words}))

    def _entry(self, tool: Tool) -> dict[str, Any]:
        return {"name": self.name(tool), "description": tool.description, "inputSchema": dict(tool.input_schema)}


def _unknown(name: str, arguments: Any) -> Reply:
    return Reply.refused(_INTERNAL, f"Method {name} not found")
