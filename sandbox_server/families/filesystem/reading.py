"""The tools that read files: text whole or in part, several at once, and media."""

import base64
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Final
from urllib.parse import quote

from sandbox_server.families.filesystem import paths
from sandbox_server.families.filesystem.access import Access
from sandbox_server.families.filesystem.failures import Refusal, system_error
from sandbox_server.families.filesystem.javascript import STRING_LETTERS_MAX
from sandbox_server.families.filesystem.pace import Pace
from sandbox_server.families.filesystem.portions import end_of_line
from worlds.parts.filesystem import FileError, FileTree, Stat

TAIL_BYTES: Final = 1024
"""How much is read at a time while looking for the last lines."""
_MEDIA: Final = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".svg": "image/svg+xml",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
}
_URI_SAFE: Final = "/!$&'()*+,;=:@"


def read_text(access: Access, arguments: Mapping[str, Any]) -> str:
    """The text of a file, or its first or last lines; a number of 0 counts as not given."""
    path = access.real(arguments["path"])
    head, tail = arguments.get("head"), arguments.get("tail")
    if not head and not tail:
        return content(access.tree, path)
    if head and tail:
        raise Refusal("Cannot specify both head and tail parameters simultaneously")
    return _last_lines(access.tree, path, tail) if tail else _first_lines(access.tree, path, head or 0)


def content(tree: FileTree, path: str) -> str:
    """A file as text; what is not UTF-8 shows as U+FFFD."""
    return read(tree, path).decode("utf-8", "replace")


def read(tree: FileTree, path: str) -> bytes:
    """The bytes of a file. Raises Refusal in the words of a failed open or read."""
    try:
        return tree.read(path)
    except FileError as error:
        raise _read_error(error, path) from None


def status(tree: FileTree, path: str) -> Stat:
    """What a path leads to, links followed. Raises Refusal."""
    try:
        return tree.stat(path)
    except FileError as error:
        raise system_error(error, "stat", path) from None


async def read_many(access: Access, requested: Sequence[str]) -> str:
    """Each file's text, or why there is none, under the path as it was asked for. Raises Refusal for too much text."""
    shown: dict[str, str] = {}
    size, pace = 0, Pace(access.tree)
    for path in requested:
        await pace.step(len(path))
        if path not in shown:
            shown[path] = _entry(access, path)
        size += len(shown[path]) + 5
        if size > STRING_LETTERS_MAX:
            raise Refusal("Invalid string length")
    return "\n---\n".join([shown[path] for path in requested])


def read_media(access: Access, requested: str) -> dict[str, Any]:
    """A content block with the file's bytes: an image or a sound by its extension, otherwise an embedded resource."""
    path = access.real(requested)
    kind = _MEDIA.get(paths.extension(path).lower(), "application/octet-stream")
    data = base64.b64encode(read(access.tree, path)).decode()
    group = kind.partition("/")[0]
    if group in ("image", "audio"):
        return {"type": group, "data": data, "mimeType": kind}
    return {"type": "resource", "resource": {"uri": file_uri(path), "mimeType": kind, "blob": data}}


def file_uri(path: str) -> str:
    """The `file://` URI of an absolute path, with what Node escapes escaped."""
    return "file://" + quote(path, safe=_URI_SAFE).replace("~", "%7E")


def _entry(access: Access, requested: str) -> str:
    try:
        return f"{requested}:\n{content(access.tree, access.real(requested))}\n"
    except Refusal as refusal:
        return f"{requested}: Error - {refusal.text}"


def _first_lines(tree: FileTree, path: str, count: float) -> str:
    """As many lines as asked for, fractions rounded up; without the last line feed. A negative count opens the file,
    which may fail, and reads nothing."""
    if count < 0:
        _demand_readable(tree, path)
        return ""
    data = read(tree, path)
    return data[: end_of_line(data, b"\n", ceil(count))].removesuffix(b"\n").decode("utf-8", "replace")


def _last_lines(tree: FileTree, path: str, count: float) -> str:
    """The last lines, CRLF made LF; what follows the last line feed counts as a line, even if it is empty."""
    size = status(tree, path).size
    if not size:
        return ""
    if count < 0:
        _demand_readable(tree, path)
        return ""
    data = read(tree, path)
    start, found = size, 0
    while start > 0 and found < count:
        end, start = start, max(0, start - TAIL_BYTES)
        found += data.count(b"\n", start, end)
    wanted, feeds = int(count), data.count(b"\n", start)
    if 0 < wanted <= feeds:
        start = end_of_line(data, b"\n", feeds + 1 - wanted, start)
    return data[start:].decode("utf-8", "replace").replace("\r\n", "\n")


def _demand_readable(tree: FileTree, path: str) -> None:
    """Raise what opening the file would; a directory can be opened."""
    try:
        tree.read(path)
    except FileError as error:
        if error.errno_name != "EISDIR":
            raise _read_error(error, path) from None


def _read_error(error: FileError, path: str) -> Refusal:
    """A directory is only found out by reading, after it was opened."""
    return system_error(error, "read") if error.errno_name == "EISDIR" else system_error(error, "open", path)
