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
    "timed_out": {"type": "boolean"}, "stdout_truncated": {"type": "boolean"}, "stderr_truncated": {"type": "boolean"},
}  # fmt: skip


def shell_surface(seconds: float, output_bytes: int) -> Surface:
    """The surface of a shell whose commands may take so long, and write so much to each output."""
    return Surface(
        server_info={"name": NAME, "version": VERSION},
        capabilities=CAPABILITIES,
        modern_capabilities=MODERN_CAPABILITIES,
        fingerprint=fingerprints.get("fastmcp"),
        tools=(_tool(seconds, output_bytes, modern=False),),
        modern_tools=(_tool(seconds, output_bytes, modern=True),),
        versions=VERSIONS,
        lists=NO_LISTS,
    )


def _tool(seconds: float, output_bytes: int, *, modern: bool) -> dict[str, Any]:
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
        f"are still running when the command returns are ended. Of each stream the first {output_bytes} bytes are "
        "returned; stdout_truncated and stderr_truncated say whether there was more.",
        "inputSchema": {**closed, "properties": properties, **required} if modern
        else {"properties": properties, **required, **closed},
        "name": RUN,
        "outputSchema": {"properties": dict(_OUTPUT), "required": list(_OUTPUT), "type": "object"},
        "title": "Run Command",
    }  # fmt: skip
    return FunctionTool(entry, RUN)
