"""What the shell presents: one tool and its schema."""

from collections.abc import Mapping
from typing import Any, Final

from sandbox_server.fingerprint import fingerprints
from sandbox_server.fingerprints.fastmcp import CAPABILITIES, MODERN_CAPABILITIES, NO_LISTS, VERSIONS, FunctionTool
from sandbox_server.surface import Surface

NAME: Final = "shell"
VERSION: Final = "1.9.0"
RUN: Final = "run_command"
SECONDS_MIN: Final = 0.1
COMMAND_MAX: Final = 100_000
_OUTPUT: Final[Mapping[str, Any]] = {
    "stdout": {"type": "string"}, "stderr": {"type": "string"}, "exit_code": {"type": "integer"},
    "timed_out": {"type": "boolean"},
}  # fmt: skip


def shell_surface(seconds: float) -> Surface:
    """The surface of a shell whose commands may take so long."""
    return Surface(
        server_info={"name": NAME, "version": VERSION},
        capabilities=CAPABILITIES,
        modern_capabilities=MODERN_CAPABILITIES,
        fingerprint=fingerprints.get("fastmcp"),
        tools=(_tool(seconds, modern=False),),
        modern_tools=(_tool(seconds, modern=True),),
        versions=VERSIONS,
        lists=NO_LISTS,
    )


def _tool(seconds: float, *, modern: bool) -> dict[str, Any]:
    properties = {
        "command": {
            "type": "string", "minLength": 1, "maxLength": COMMAND_MAX, "description": "The command line to execute"
        },
        "cwd": {
            "anyOf": [{"type": "string"}, {"type": "null"}], "default": None,
            "description": "Directory to run in; defaults to the working directory",
        },
        "timeout": {
            "anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}], "default": None,
            "description": f"Seconds before the command is stopped; at most {seconds:g}, which is the default",
        },
    }  # fmt: skip
    closed: dict[str, Any] = {"type": "object", "additionalProperties": False}
    required = {"required": ["command"]}
    entry = {
        "_meta": {"fastmcp": {"tags": []}},
        "annotations": {
            "destructiveHint": True, "idempotentHint": False, "openWorldHint": False, "readOnlyHint": False
        },
        "description": "Execute a command with /bin/sh and return what it printed and its exit code. Every command "
        "starts a new shell: pass `cwd` instead of relying on an earlier cd, and join steps with &&. Processes that "
        "are still running when the command returns are ended.",
        "inputSchema": {**closed, "properties": properties, **required} if modern
        else {"properties": properties, **required, **closed},
        "name": RUN,
        "outputSchema": {"properties": dict(_OUTPUT), "required": list(_OUTPUT), "type": "object"},
        "title": "Run Command",
    }  # fmt: skip
    return FunctionTool(entry, RUN)
