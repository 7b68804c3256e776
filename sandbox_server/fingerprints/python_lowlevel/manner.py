"""How servers built on the low-level server of the Python SDK 1.30 word and shape their answers."""

from collections.abc import Mapping
from typing import Any, Final

from jsonschema_rs import Validator, validator_for

from sandbox_server.call import ABSENT, Reply
from sandbox_server.fingerprint import fingerprints
from sandbox_server.fingerprints.python_lowlevel.wording import problem_text
from sandbox_server.surface import HANDSHAKE_VERSIONS

VERSIONS: Final = HANDSHAKE_VERSIONS
"""The protocol versions that this SDK speaks, oldest first."""
INVALID_PARAMS: Final = -32602
METHOD_NOT_FOUND: Final = -32601
SERVER_INFO: Final = "io.modelcontextprotocol/serverInfo"
VALIDATORS_MAX: Final = 4_096
_METHODS: Final = frozenset(
    {
        "completion/complete", "logging/setLevel", "prompts/get", "prompts/list", "resources/list",
        "resources/templates/list", "resources/read", "resources/subscribe", "resources/unsubscribe", "tasks/get",
        "tasks/result", "tasks/list", "tasks/cancel",
    }
)  # fmt: skip
"""The methods that the SDK knows; it takes any other for a request that is not valid."""


@fingerprints.register("python_lowlevel")
class PythonLowLevel:
    """The manner of the Python SDK's low-level server; stateless but for the compiled checks of tools it has seen."""

    name = "python_lowlevel"

    def __init__(self) -> None:
        self._validators: dict[int, tuple[Mapping[str, Any], Validator]] = {}

    def text(self, text: str, structured: Any = None) -> Reply:
        """A successful result with one text block."""
        structure = {} if structured is None else {"structuredContent": structured}
        return Reply({"content": [{"type": "text", "text": text}], **structure, "isError": False})

    def failure(self, text: str) -> Reply:
        """An `isError` result with one text block."""
        return Reply({"content": [{"type": "text", "text": text}], "isError": True})

    def unknown_tool(self, name: str) -> Reply:
        """What most handlers raise; the SDK itself leaves unknown tools to them."""
        return self.failure(f"Unknown tool: {name}")

    def accept(self, tool: Mapping[str, Any], arguments: Any) -> Reply | dict[str, Any]:
        """The arguments as they are, or the first problem in the words of Python's schema library."""
        if arguments is ABSENT or arguments is None:
            arguments = {}
        if type(arguments) is not dict:
            return self.bad_call(None)
        validator = self._validator(tool)
        if validator.is_valid(arguments):
            return arguments
        problem = problem_text(validator.iter_errors(arguments), tool["inputSchema"])
        return self.failure(f"Input validation error: {problem}")

    def bad_call(self, params: Any) -> Reply:
        """A protocol error that does not say what is wrong."""
        return Reply.refused(INVALID_PARAMS, "Invalid request parameters", "")

    def unknown_method(self, method: str) -> Reply:
        """The SDK's own methods are not found; others are taken for invalid requests."""
        if method in _METHODS:
            return Reply.refused(METHOD_NOT_FOUND, "Method not found")
        return self.bad_call(None)

    def negotiate(self, offered: Any, versions: tuple[str, ...]) -> str:
        """The offered version where it is known, otherwise the newest."""
        return offered if isinstance(offered, str) and offered in versions else versions[-1]

    def frame(self, request_id: Any, reply: Reply) -> dict[str, Any]:
        """The envelope's keys come first."""
        head = {"jsonrpc": "2.0", "id": request_id}
        if reply.error is None:
            return {**head, "result": reply.result}
        error: dict[str, Any] = {"code": reply.error.code, "message": reply.error.message}
        if reply.error.data is not ABSENT:
            error["data"] = reply.error.data
        return {**head, "error": error}

    def modern_result(
        self, result: Mapping[str, Any], server_info: Mapping[str, Any], *, cacheable: bool
    ) -> dict[str, Any]:
        """A result with its marks behind it. This SDK knows no 2026-07-28: only clients that insist get to see it."""
        marks = {"ttlMs": 0, "cacheScope": "private"} if cacheable else {}
        meta = {**result.get("_meta", {}), SERVER_INFO: dict(server_info)}
        return {**result, "resultType": "complete", **marks, "_meta": meta}

    def _validator(self, tool: Mapping[str, Any]) -> Validator:
        """The compiled check of a tool, remembered by the identity of its entry, which is kept alive with it."""
        known = self._validators.get(id(tool))
        if known is None or known[0] is not tool:
            if len(self._validators) >= VALIDATORS_MAX:
                self._validators.clear()
            known = self._validators[id(tool)] = tool, validator_for(tool["inputSchema"])
        return known[1]
