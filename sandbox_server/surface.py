"""A surface: what a server presents of itself, and the fingerprint of the SDK that it imitates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

import orjson

from sandbox_server.call import Reply
from sandbox_server.manner import Manner, manner_of

if TYPE_CHECKING:
    from sandbox_server.fingerprint import Fingerprint

HANDSHAKE_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN_VERSION = "2026-07-28"


@dataclass(frozen=True)
class Surface:
    """All that an agent learns before it calls a tool. Values are sent as they are, in their key order."""

    server_info: Mapping[str, Any]
    capabilities: Mapping[str, Any]
    fingerprint: "Fingerprint"
    tools: tuple[Mapping[str, Any], ...] = ()
    modern_tools: tuple[Mapping[str, Any], ...] | None = None
    """The tool list towards 2026-07-28 clients, where it differs."""
    modern_capabilities: Mapping[str, Any] | None = None
    """The capabilities towards 2026-07-28 clients, where they differ."""
    instructions: str | None = None
    versions: tuple[str, ...] = HANDSHAKE_VERSIONS
    """Protocol versions that the imitated server speaks, oldest first; 2026-07-28 only if it does."""
    answers: Literal["json", "sse"] = "sse"
    lists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Results of the other list methods (`resources/list`, `prompts/list`, ...) that never change."""
    unknown_tool: Callable[[str, Any], Reply] | None = None
    """Answers a call of a tool that is not there, from its name and arguments, where the server does so and not its
    SDK."""

    @cached_property
    def by_name(self) -> Mapping[str, Mapping[str, Any]]:
        """The tools by their names."""
        return {tool["name"]: tool for tool in self.tools}

    @cached_property
    def manner(self) -> Manner:
        """How the transports of the imitated SDK behave."""
        return manner_of(self.fingerprint.name)

    @cached_property
    def handshake_versions(self) -> tuple[str, ...]:
        """The versions that are reached by a handshake, oldest first."""
        return tuple(version for version in self.versions if version != MODERN_VERSION)

    @cached_property
    def listing(self) -> Reply:
        """The answer to `tools/list` after a handshake; the result is JSON already."""
        return _encoded({"tools": list(self.tools)})

    @cached_property
    def modern_listing(self) -> Reply:
        """The answer to `tools/list` at 2026-07-28; the result is JSON already."""
        tools = list(self.tools if self.modern_tools is None else self.modern_tools)
        return _encoded(self.fingerprint.modern_result({"tools": tools}, self.server_info, cacheable=True))

    @property
    def modern(self) -> bool:
        """Whether the server answers 2026-07-28 itself."""
        return MODERN_VERSION in self.versions


def _encoded(result: Mapping[str, Any]) -> Reply:
    """A reply whose result is encoded once and pasted into every message that carries it."""
    return Reply(cast("dict[str, Any]", orjson.Fragment(orjson.dumps(result))))
