"""How servers built on FastMCP 4.1 word and shape their answers, in both protocol generations."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from pydantic import VERSION
from pydantic_core import SchemaValidator, ValidationError
from pydantic_core import core_schema as core

from sandbox_server.call import ABSENT, Reply
from sandbox_server.fingerprint import fingerprints
from sandbox_server.surface import HANDSHAKE_VERSIONS, MODERN_VERSION

VERSIONS: Final = (*HANDSHAKE_VERSIONS, MODERN_VERSION)
"""The protocol versions that this SDK speaks, oldest first."""
INVALID_PARAMS: Final = -32602
METHOD_NOT_FOUND: Final = -32601
SERVER_INFO: Final = "io.modelcontextprotocol/serverInfo"
VALIDATORS_MAX: Final = 4_096
_OWN_LINK: Final = f"errors.pydantic.dev/{'.'.join(VERSION.split('.')[:2])}/"
_LINK: Final = "errors.pydantic.dev/2.14/"
"""Problems carry a link with the version of the validator, which is the imitated server's, not ours."""
_DISCOVERED: Final = ("supportedVersions", "capabilities", "instructions")
_WRAPPED: Final[Mapping[str, Any]] = {"fastmcp": {"wrap_result": True}}


NO_LISTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "resources/list": {"resources": []},
    "resources/templates/list": {"resourceTemplates": []},
    "prompts/list": {"prompts": []},
}
"""What servers answer that have nothing but tools."""


def _capabilities(*, changes: bool) -> dict[str, Any]:
    return {
        "logging": {},
        "prompts": {"listChanged": changes},
        "resources": {"subscribe": False, "listChanged": changes},
        "tools": {"listChanged": changes},
    }


CAPABILITIES: Final = _capabilities(changes=True)
"""What every server on this SDK offers to clients that shook hands."""
MODERN_CAPABILITIES: Final = {**_capabilities(changes=False), "extensions": {"io.modelcontextprotocol/ui": {}}}
"""The same at 2026-07-28."""


class Validating(Protocol):
    """A check of arguments in pydantic's words."""

    def validate_python(self, arguments: Any, /) -> Any:
        """The arguments as they are taken. Raises ValidationError."""
        ...


class FunctionTool(dict[str, Any]):
    """A tool's entry, and the name of the function behind it where that is another: problems name the function.

    Where the function itself is at hand, so is its own check.
    """

    def __init__(self, entry: Mapping[str, Any], function: str, validator: Validating | None = None) -> None:
        super().__init__(entry)
        self.function = function
        self.validator = validator


@fingerprints.register("fastmcp")
class FastMcp:
    """The manner of FastMCP 4.1; stateless but for the compiled checks of tools it has seen."""

    name = "fastmcp"

    def __init__(self) -> None:
        self._validators: dict[int, tuple[Mapping[str, Any], Validating]] = {}

    def text(self, text: str, structured: Any = None) -> Reply:
        """A successful result with one text block; a structure that only wraps a value says so in its marks."""
        result: dict[str, Any] = {"content": [{"text": text, "type": "text"}], "isError": False}
        if structured is None:
            return Reply(result)
        marks = {"_meta": dict(_WRAPPED)} if isinstance(structured, dict) and set(structured) == {"result"} else {}
        return Reply({**marks, **result, "structuredContent": structured})

    def failure(self, text: str) -> Reply:
        """An `isError` result with one text block."""
        return Reply({"content": [{"text": text, "type": "text"}], "isError": True})

    def unknown_tool(self, name: str) -> Reply:
        """An `isError` result, unlike in the SDK below."""
        return self.failure(f"Unknown tool: {name!r}")

    def accept(self, tool: Mapping[str, Any], arguments: Any) -> Reply | dict[str, Any]:
        """The arguments with defaults filled, or all problems in the validator's words.

        Tools that do not close their schema are those made from API descriptions: their arguments are not looked at.
        """
        if arguments is ABSENT or arguments is None:
            arguments = {}
        if type(arguments) is not dict:
            return self.bad_call(None)
        if tool["inputSchema"].get("additionalProperties") is not False:
            return dict(arguments)
        try:
            taken: dict[str, Any] = self._validator(tool).validate_python(arguments)
        except ValidationError as error:
            return self.failure(str(error).replace(_OWN_LINK, _LINK))
        return taken

    def bad_call(self, params: Any) -> Reply:
        """A protocol error that does not say what is wrong."""
        return Reply.refused(INVALID_PARAMS, "Invalid request parameters", "")

    def unknown_method(self, method: str) -> Reply:
        """A protocol error with the method as its data."""
        return Reply.refused(METHOD_NOT_FOUND, "Method not found", method)

    def negotiate(self, offered: Any, versions: tuple[str, ...]) -> str:
        """The offered version where it is known, otherwise the newest that is reached by a handshake."""
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
        """A result with its marks: keys in alphabetical order, `_meta` where the result had one, otherwise last."""
        meta = {**result.get("_meta", {}), SERVER_INFO: dict(server_info)}
        marks = {"ttlMs": 0, "cacheScope": "private"} if cacheable else {}
        if "supportedVersions" in result:
            told = {key: result[key] for key in _DISCOVERED if key in result}
            return {"_meta": meta, **marks, **told, "resultType": "complete"}
        body = {key: value for key, value in result.items() if key != "_meta"}
        dressed = dict(sorted({**body, **marks, "resultType": "complete"}.items()))
        return {"_meta": meta, **dressed} if "_meta" in result else {**dressed, "_meta": meta}

    def _validator(self, tool: Mapping[str, Any]) -> Validating:
        """The compiled check of a tool, remembered by the identity of its entry, which is kept alive with it."""
        known = self._validators.get(id(tool))
        if known is None or known[0] is not tool:
            if len(self._validators) >= VALIDATORS_MAX:
                self._validators.clear()
            known = self._validators[id(tool)] = tool, _compile(tool)
        return known[1]


def _compile(tool: Mapping[str, Any]) -> Validating:
    """A check of calls as a Python function with the schema's properties for parameters would be checked."""
    if isinstance(tool, FunctionTool) and tool.validator is not None:
        return tool.validator
    schema = tool["inputSchema"]
    name = tool.function if isinstance(tool, FunctionTool) else tool["name"]
    required = set(schema.get("required", ()))
    parameters = [
        core.arguments_parameter(key, _defaulted(value, needed=key in required), mode="positional_or_keyword")
        for key, value in schema.get("properties", {}).items()
    ]
    call = core.call_schema(core.arguments_schema(parameters), _taken, function_name=name)
    return SchemaValidator(call)


def _taken(**arguments: Any) -> dict[str, Any]:
    return arguments


def _defaulted(schema: Mapping[str, Any], *, needed: bool) -> core.CoreSchema:
    plain = _plain(schema)
    return plain if needed else core.with_default_schema(plain, default=schema.get("default"))


def _plain(schema: Mapping[str, Any]) -> core.CoreSchema:
    """The validator's schema of a JSON Schema; what it has no counterpart for is not checked."""
    if "enum" in schema:
        return core.literal_schema(list(schema["enum"]))
    if "anyOf" in schema:
        return _either([each for each in schema["anyOf"] if each != {"type": "null"}], schema["anyOf"])
    kind = schema.get("type")
    if kind == "array":
        return core.list_schema(_plain(schema.get("items", {})))
    if kind == "object":
        return core.dict_schema(core.str_schema(), core.any_schema())
    simple: dict[Any, Callable[[], core.CoreSchema]] = {
        "string": core.str_schema,
        "integer": core.int_schema,
        "number": core.float_schema,
        "boolean": core.bool_schema,
        "null": core.none_schema,
    }
    return simple[kind]() if kind in simple else core.any_schema()


def _either(choices: list[Any], given: list[Any]) -> core.CoreSchema:
    one = _plain(choices[0]) if len(choices) == 1 else core.union_schema([_plain(each) for each in choices])
    return core.nullable_schema(one) if len(choices) < len(given) else one
