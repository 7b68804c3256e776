"""How servers built on the TypeScript SDK's high-level `McpServer` 1.32 word and shape their answers."""

from collections.abc import Mapping
from typing import Any, Final

from sandbox_server.call import ABSENT, Reply
from sandbox_server.fingerprint import fingerprints
from sandbox_server.fingerprints.typescript.issue import Issue, listing, sentences, wrong_type
from sandbox_server.fingerprints.typescript.schema import Check, compile_check

VERSIONS: Final = ("2024-10-07", "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""The protocol versions that this SDK speaks, oldest first."""
INVALID_PARAMS: Final = -32602
METHOD_NOT_FOUND: Final = -32601
INTERNAL_ERROR: Final = -32603
CHECKS_MAX: Final = 4_096

_INHERITED: Final = frozenset(
    {
        "constructor",
        "__defineGetter__",
        "__defineSetter__",
        "hasOwnProperty",
        "__lookupGetter__",
        "__lookupSetter__",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toString",
        "valueOf",
        "__proto__",
        "toLocaleString",
    }
)
"""Names that a JavaScript lookup table answers to although nobody put them there; no tool among them is enabled."""

_CALL: Final = compile_check(
    {
        "type": "object",
        "properties": {
            "params": {
                "type": "object",
                "properties": {
                    "task": {"type": "object", "properties": {"ttl": {"type": "number"}}},
                    "name": {"type": "string"},
                    "arguments": {"type": "object", "additionalProperties": {}},
                },
                "required": ["name"],
            }
        },
        "required": ["params"],
    }
)


@fingerprints.register("typescript")
class TypeScript:
    """The manner of `McpServer` 1.32; stateless but for the compiled checks of tools it has seen."""

    name = "typescript"

    def __init__(self) -> None:
        self._checks: dict[int, tuple[Mapping[str, Any], Check]] = {}

    def text(self, text: str, structured: Any = None) -> Reply:
        """A successful result with one text block; a success carries no `isError`."""
        result: dict[str, Any] = {"content": [{"type": "text", "text": text}]}
        if structured is not None:
            result["structuredContent"] = structured
        return Reply(result)

    def failure(self, text: str) -> Reply:
        """An `isError` result with one text block."""
        return Reply({"content": [{"type": "text", "text": text}], "isError": True})

    def unknown_tool(self, name: str) -> Reply:
        """An `isError` result that carries a protocol error's text."""
        state = "disabled" if name in _INHERITED else "not found"
        return self.failure(f"MCP error {INVALID_PARAMS}: Tool {name} {state}")

    def accept(self, tool: Mapping[str, Any], arguments: Any) -> Reply | dict[str, Any]:
        """The arguments with defaults filled and extras dropped, or every problem, a line each."""
        if type(arguments) is not dict:
            if arguments is not ABSENT:
                problem = wrong_type("record", arguments).under("arguments").under("params")
                return Reply.refused(INTERNAL_ERROR, listing([problem]))
            arguments = {}
        issues: list[Issue] = []
        taken: dict[str, Any] = self._check(tool)(arguments, issues)
        return self._invalid(tool["name"], issues) if issues else taken

    def bad_call(self, params: Any) -> Reply:
        """An internal error whose message lists the problems of the request as JSON."""
        issues: list[Issue] = []
        _CALL({"params": params}, issues)
        if issues:
            return Reply.refused(INTERNAL_ERROR, listing(issues))
        return Reply.refused(INTERNAL_ERROR, "Server does not support task creation (required for tools/call)")

    def unknown_method(self, method: str) -> Reply:
        """The protocol error, without the method's name."""
        return Reply.refused(METHOD_NOT_FOUND, "Method not found")

    def negotiate(self, offered: Any, versions: tuple[str, ...]) -> str:
        """The offered version where it is known, otherwise the newest."""
        return offered if isinstance(offered, str) and offered in versions else versions[-1]

    def frame(self, request_id: Any, reply: Reply) -> dict[str, Any]:
        """A result comes before the envelope's other keys, an error after them."""
        if reply.error is None:
            return {"result": reply.result, "jsonrpc": "2.0", "id": request_id}
        error: dict[str, Any] = {"code": reply.error.code, "message": reply.error.message}
        if reply.error.data is not ABSENT:
            error["data"] = reply.error.data
        return {"jsonrpc": "2.0", "id": request_id, "error": error}

    def modern_result(
        self, result: Mapping[str, Any], server_info: Mapping[str, Any], *, cacheable: bool
    ) -> dict[str, Any]:
        """A result with the marks that 2026-07-28 asks for, which this SDK itself does not speak."""
        marks = {"ttlMs": 0, "cacheScope": "private"} if cacheable else {}
        meta = {**result.get("_meta", {}), "io.modelcontextprotocol/serverInfo": dict(server_info)}
        return {**result, "resultType": "complete", **marks, "_meta": meta}

    def _check(self, tool: Mapping[str, Any]) -> Check:
        """The compiled check of a tool, remembered by the identity of its entry, which is kept alive with it."""
        known = self._checks.get(id(tool))
        if known is None or known[0] is not tool:
            if len(self._checks) >= CHECKS_MAX:
                self._checks.clear()
            known = self._checks[id(tool)] = tool, compile_check(tool["inputSchema"])
        return known[1]

    def _invalid(self, name: str, issues: list[Issue]) -> Reply:
        problems = f"Invalid arguments for tool {name}: {sentences(issues)}"
        return self.failure(f"MCP error {INVALID_PARAMS}: Input validation error: {problems}")
