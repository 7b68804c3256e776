"""The contract of a fingerprint: how one SDK words and shapes what every server built on it answers."""

from collections.abc import Mapping
from typing import Any, Protocol

from sandbox_server.call import Reply
from worlds.registry import Registry


class Fingerprint(Protocol):
    """One SDK's manner. One file per SDK in `sandbox_server/fingerprints/`; stateless and shared."""

    name: str

    def text(self, text: str, structured: Any = None) -> Reply:
        """A successful result with one text block, keys in the SDK's order; `structured` only where given."""
        ...

    def failure(self, text: str) -> Reply:
        """An `isError` result with one text block."""
        ...

    def unknown_tool(self, name: str) -> Reply:
        """The answer to a tool that does not exist."""
        ...

    def accept(self, tool: Mapping[str, Any], arguments: Any) -> "Reply | dict[str, Any]":
        """The arguments as the tool receives them (defaults filled, extras dropped as the SDK does), or the refusal."""
        ...

    def bad_call(self, params: Any) -> Reply:
        """The answer to a `tools/call` without a usable name."""
        ...

    def unknown_method(self, method: str) -> Reply:
        """The answer to a method that the server does not have."""
        ...

    def negotiate(self, offered: Any, versions: tuple[str, ...]) -> str:
        """The handshake version to answer when a client offers one."""
        ...

    def frame(self, request_id: Any, reply: Reply) -> dict[str, Any]:
        """The JSON-RPC message of a reply, keys in the SDK's order."""
        ...

    def modern_result(
        self, result: Mapping[str, Any], server_info: Mapping[str, Any], *, cacheable: bool
    ) -> dict[str, Any]:
        """A result as this SDK dresses it on a 2026-07-28 connection (resultType, ttlMs, cacheScope, _meta)."""
        ...


fingerprints: Registry[Fingerprint] = Registry("soundstage.fingerprints", "sandbox_server.fingerprints")
"""Names of SDK manners (`typescript`, `python_lowlevel`, `fastmcp`) to their fingerprints."""
