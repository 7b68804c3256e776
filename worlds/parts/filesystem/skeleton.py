"""The small read-only host around a file tree: enough that links out of the root lead somewhere.

Its content is believable and never the same place as the tree. The agent's process does not own it, so the last
three permission bits count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from worlds.parts.filesystem.node import Directory, File, Link, Node, directory

HOME: Final = "/home/user"
"""The home directory of the process that serves the files."""
FIRST_INODE: Final = 131_073
"""The inode of a tree's root; the host's are smaller."""

_INSTALLED_NS: Final = 1_741_593_600_000_000_000  # a day in March 2025
_PASSWD: Final = b"""root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
user:x:1000:1000::/home/user:/bin/bash
"""
_HOST: Final[dict[str, Any]] = {
    "bin": "usr/bin",
    "boot": {},
    "dev": {"null": b""},
    "etc": {
        "group": b"root:x:0:\nnogroup:x:65534:\nuser:x:1000:\n",
        "hostname": b"vm\n",
        "hosts": b"127.0.0.1\tlocalhost\n127.0.1.1\tnode-1\n",
        "passwd": _PASSWD,
        "shadow": b"root:*:20157:0:99999:7:::\nuser:*:20157:0:99999:7:::\n",
        "ssl": {"certs": {}},
    },
    "home": {"user": {}},
    "lib": "usr/lib",
    "lib64": "usr/lib64",
    "media": {},
    "mnt": {},
    "opt": {},
    "proc": {},
    "root": {},
    "run": {},
    "sbin": "usr/sbin",
    "srv": {},
    "sys": {},
    "tmp": {},
    "usr": {"bin": {}, "lib": {}, "lib64": {}, "local": {"bin": {}, "lib": {}}, "sbin": {}, "share": {}},
    "var": {"cache": {}, "lib": {}, "log": {}, "run": "/run", "tmp": {}},
}
_MODES: Final = {"root": 0o700, "shadow": 0o640, "tmp": 0o1777, "proc": 0o555, "sys": 0o555}

MOUNT: Final = Directory(directory({}, 0, 0, 0, 0).entries, 0o755, 0, 0, 0)
"""Stands in the host for the root of whichever tree is looked at."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a tree hangs: the path of its root with a slash at the end, its names, and the host's directories from `/`
    down to the one that holds it."""

    prefix: str
    names: tuple[str, ...]
    above: tuple[Directory, ...]


def site(names: Iterable[str]) -> Site:
    """The host around a root with these names; directories that lead there are made. No names: the tree is all."""
    way = tuple(names)
    if not way:
        return Site("/", (), ())
    top = _grown(_HOST, way, 0o755, count(2))
    above = [top]
    for name in way[:-1]:
        below = above[-1].entries[name]
        assert type(below) is Directory
        above.append(below)
    return Site(f"/{'/'.join(way)}/", way, tuple(above))


def _grown(shape: dict[str, Any], way: tuple[str, ...], mode: int, inodes: "count[int]") -> Directory:
    inode = next(inodes)
    entries = {name: _node(name, inside, (), inodes) for name, inside in sorted(shape.items())}
    if len(way) == 1:
        entries[way[0]] = MOUNT
    elif way:
        inside = shape.get(way[0], {})
        inside = inside if isinstance(inside, dict) else {}
        entries[way[0]] = _node(way[0], inside, way[1:], inodes)
    return directory(entries, mode, _INSTALLED_NS, _INSTALLED_NS, inode)


def _node(name: str, inside: Any, way: tuple[str, ...], inodes: "count[int]") -> Node:
    mode = _MODES.get(name, 0o755) if not way else 0o755
    if isinstance(inside, dict):
        return _grown(inside, way, mode, inodes)
    if isinstance(inside, str):
        return Link(inside, _INSTALLED_NS, _INSTALLED_NS, next(inodes))
    return File(inside, _MODES.get(name, 0o644), _INSTALLED_NS, _INSTALLED_NS, next(inodes))
