"""Paths as text, in the manner of Node's `path` module on POSIX systems."""

import re
from posixpath import normpath
from typing import Final

from sandbox_server.families.filesystem.javascript import BLANKS

_DRIVE: Final = re.compile(r"[A-Za-z]:(?:[\\/]|\Z)")
_LONG: Final = 10_000
"""Letters from which on it matters that names are looked at one by one."""


def is_drive_path(path: str) -> bool:
    """Whether a path begins with a Windows drive."""
    return bool(_DRIVE.match(path))


def at_home(path: str, home: str) -> str:
    """The path with a leading `~` replaced by the home directory."""
    return join(home, path[1:]) if path == "~" or path.startswith("~/") else path


def resolve(base: str, path: str) -> str:
    """The absolute path, without `.`, `..`, double or trailing slashes; a relative one starts at an absolute base."""
    whole = path if path.startswith("/") else f"{base}/{path}"
    if "//" not in whole and "/." not in whole and not whole.endswith("/"):
        return whole
    return _normal(whole) if len(whole) > _LONG else "/" + "/".join(_walked(whole, rooted=True))


def under(folder: str, name: str) -> str:
    """A name, or several, below an absolute path; both are normalised already."""
    return f"/{name}" if folder == "/" else f"{folder}/{name}"


def join(first: str, second: str) -> str:
    """Two paths joined and normalised; a trailing slash stays."""
    whole = "/".join(part for part in (first, second) if part)
    rooted = whole.startswith("/")
    walked = "/".join(_walked(whole, rooted=rooted))
    if rooted:
        return "/" + walked + ("/" if walked and whole.endswith("/") else "")
    return (walked or ".") + ("/" if whole.endswith("/") else "")


def parent(path: str) -> str:
    """The directory of an absolute path."""
    return path.rpartition("/")[0] or "/"


def base_name(path: str) -> str:
    """The last name of an absolute path."""
    return path.rpartition("/")[2]


def extension(path: str) -> str:
    """The last extension with its dot; dot files without another dot have none."""
    name = base_name(path)
    stem, dot, ending = name.rpartition(".")
    return dot + ending if stem and name != ".." else ""


def is_within(path: str, root: str) -> bool:
    """Whether the server takes an absolute path to be the root or below it.

    It looks at the path without blanks and one quotation mark at its ends, and never accepts a NUL byte.
    """
    if "\0" in path:
        return False
    if path[-1] in _TRIMMED:
        path = _trimmed(path)
    return path == root or root == "/" or (path.startswith(root) and path[len(root)] == "/")


_TRIMMED: Final = frozenset(BLANKS + "\"'")


def _trimmed(path: str) -> str:
    bare = path.strip(BLANKS)
    return resolve("/", bare[:-1] if bare[-1:] in ("'", '"') else bare)


def _normal(path: str) -> str:
    """The same as walking, at the speed of C; its library takes NUL for the end of a path."""
    stand_in = next(letter for letter in map(chr, range(0xE000, 0x110000)) if letter not in path)
    return "/" + normpath(path.replace("\0", stand_in)).lstrip("/").replace(stand_in, "\0")


def _walked(path: str, *, rooted: bool) -> list[str]:
    names: list[str] = []
    for name in path.split("/"):
        if name == ".." and names and names[-1] != "..":
            names.pop()
        elif name == ".." and rooted:
            continue
        elif name and name != ".":
            names.append(name)
    return names
