"""The fourteen tools as an agent sees them: names, titles, descriptions, schemas, hints."""

from collections.abc import Mapping
from typing import Any, Final

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_TEXT: Final = {"type": "string"}
_LINES: Final = {
    "tail": {"description": "How many lines to return, counted from the end of the file", "type": "number"},
    "head": {"description": "How many lines to return, counted from the start of the file", "type": "number"},
}
_EXCLUDED: Final = {"default": [], "type": "array", "items": _TEXT}
_READS: Final = {"readOnlyHint": True, "openWorldHint": False}


def _object(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), **({"required": list(required)} if required else {})}


def _result(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"$schema": _DRAFT, **_object({"content": content}, "content"), "additionalProperties": False}


def _writes(*, repeatable: bool, destroys: bool) -> dict[str, bool]:
    return {
        "readOnlyHint": False,
        "idempotentHint": repeatable,
        "destructiveHint": destroys,
        "openWorldHint": False,
    }


def _tool(
    name: str,
    title: str,
    description: str,
    properties: Mapping[str, Any],
    *required: str,
    hints: Mapping[str, bool] = _READS,
    content: Mapping[str, Any] = _TEXT,
) -> Mapping[str, Any]:
    return {
        "name": name,
        "title": title,
        "description": description,
        "inputSchema": {"$schema": _DRAFT, **_object(properties, *required)},
        "annotations": dict(hints),
        "execution": {"taskSupport": "forbidden"},
        "outputSchema": _result(content),
    }


def _closed(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {**_object(properties, *required), "additionalProperties": False}


_MEDIA: Final = {
    "type": "array",
    "items": {
        "anyOf": [
            _closed(
                {"type": {"type": "string", "enum": ["image", "audio"]}, "data": _TEXT, "mimeType": _TEXT},
                "type",
                "data",
                "mimeType",
            ),
            _closed(
                {
                    "type": {"type": "string", "const": "resource"},
                    "resource": _closed({"uri": _TEXT, "mimeType": _TEXT, "blob": _TEXT}, "uri", "blob"),
                },
                "type",
                "resource",
            ),
        ]
    },
}

TOOLS: Final = (
    _tool(
        "read_file",
        "Read File (Deprecated)",
        "Return the text of a file. Kept for older clients only; call read_text_file instead.",
        {"path": _TEXT, **_LINES},
        "path",
    ),
    _tool(
        "read_text_file",
        "Read Text File",
        "Return the contents of one file as text, whatever its extension. Ask for 'head' to get just its first lines "
        "or 'tail' to get just its last ones; the two cannot be combined. If the file cannot be read, the error says "
        "why. The file must lie in an allowed directory.",
        {"path": _TEXT, **_LINES},
        "path",
    ),
    _tool(
        "read_media_file",
        "Read Media File",
        "Return a file in base64 together with its MIME type. Pictures and sounds come back as image and audio "
        "content, everything else as an embedded resource. The file must lie in an allowed directory.",
        {"path": _TEXT},
        "path",
        content=_MEDIA,
    ),
    _tool(
        "read_multiple_files",
        "Read Multiple Files",
        "Return the contents of several files in one go, each under its path: the quick way to compare files or to "
        "look through many. A file that cannot be read is reported in its place and does not stop the others. All "
        "files must lie in allowed directories.",
        {
            "paths": {
                "minItems": 1,
                "type": "array",
                "items": _TEXT,
                "description": "The files to read, at least one. Every path has to point into an allowed directory.",
            }
        },
        "paths",
    ),
    _tool(
        "write_file",
        "Write File",
        "Save text as a file. A file that exists already is replaced completely and without a question, so be sure "
        "of the path. The file must lie in an allowed directory.",
        {"path": _TEXT, "content": _TEXT},
        "path",
        "content",
        hints=_writes(repeatable=True, destroys=True),
    ),
    _tool(
        "edit_file",
        "Edit File",
        "Change parts of a text file. Each edit looks for a piece of text, line breaks included, and puts another in "
        "its place; edits are made in order. The answer is a diff in the style of git that shows what changed. The "
        "file must lie in an allowed directory.",
        {
            "path": _TEXT,
            "edits": {
                "type": "array",
                "items": _object(
                    {
                        "oldText": {"type": "string", "description": "The text to look for, exactly as it stands"},
                        "newText": {"type": "string", "description": "The text to put there instead"},
                    },
                    "oldText",
                    "newText",
                ),
            },
            "dryRun": {
                "default": False,
                "description": "Only show the diff and leave the file as it is",
                "type": "boolean",
            },
        },
        "path",
        "edits",
        hints=_writes(repeatable=False, destroys=True),
    ),
    _tool(
        "create_directory",
        "Create Directory",
        "Make a directory, along with any directories above it that are missing. Nothing happens, and no error is "
        "raised, if it is there already. The directory must lie in an allowed directory.",
        {"path": _TEXT},
        "path",
        hints=_writes(repeatable=True, destroys=False),
    ),
    _tool(
        "list_directory",
        "List Directory",
        "List what a directory contains, one entry per line, with [FILE] or [DIR] in front of each name. Use it to "
        "find your way around and to look up names. The directory must lie in an allowed directory.",
        {"path": _TEXT},
        "path",
    ),
    _tool(
        "list_directory_with_sizes",
        "List Directory with Sizes",
        "List what a directory contains, one entry per line, with [FILE] or [DIR] in front of each name and the size "
        "of every file behind it, followed by totals. The directory must lie in an allowed directory.",
        {
            "path": _TEXT,
            "sortBy": {
                "default": "name",
                "description": "What to sort the entries by: their names or their sizes",
                "type": "string",
                "enum": ["name", "size"],
            },
        },
        "path",
    ),
    _tool(
        "directory_tree",
        "Directory Tree",
        "Show a directory and everything below it as JSON, indented by two spaces. Every entry has a 'name' and a "
        "'type' of file or directory; directories, even empty ones, also have a list of 'children', files never do. "
        "The directory must lie in an allowed directory.",
        {"path": _TEXT, "excludePatterns": _EXCLUDED},
        "path",
    ),
    _tool(
        "move_file",
        "Move File",
        "Rename a file or directory, or move it to another directory, or both at once. Fails if there is something "
        "at the destination already. Source and destination must both lie in allowed directories.",
        {"source": _TEXT, "destination": _TEXT},
        "source",
        "destination",
        hints=_writes(repeatable=False, destroys=True),
    ),
    _tool(
        "search_files",
        "Search Files",
        "Find files and directories by a glob pattern, which is compared with each path relative to the starting "
        "directory: '*.ext' finds files right there, '**/*.ext' finds them at any depth. Returns the full path of "
        "every match. Handy when you know a name but not the place. Only allowed directories are searched.",
        {"path": _TEXT, "pattern": _TEXT, "excludePatterns": _EXCLUDED},
        "path",
        "pattern",
    ),
    _tool(
        "get_file_info",
        "Get File Info",
        "Report what is known about a file or directory without opening it: size, times of creation, last change and "
        "last access, permissions, and which of the two it is. It must lie in an allowed directory.",
        {"path": _TEXT},
        "path",
    ),
    _tool(
        "list_allowed_directories",
        "List Allowed Directories",
        "List the directories that this server may work in; what lies below them is included. Ask for them before "
        "you use a path that you are not sure about.",
        {},
    ),
)
"""In the order in which they are listed. Values are shared between tools and never changed."""
