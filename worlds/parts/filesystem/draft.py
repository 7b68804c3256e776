"""A tree while it is being put together: plain dictionaries that become nodes all at once."""

from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

from worlds.parts.filesystem.node import Directory, File, Link, Node, directory
from worlds.parts.filesystem.skeleton import FIRST_INODE


@dataclass(slots=True)
class DraftFile:
    """A file to be; without a time it gets the world's first one."""

    data: bytes
    mode: int = 0o644
    mtime_ns: int | None = None


@dataclass(slots=True)
class DraftLink:
    """A link to be."""

    target: str
    mtime_ns: int | None = None


@dataclass(slots=True)
class DraftFolder:
    """A directory to be."""

    entries: "dict[str, Draft]" = field(default_factory=dict)
    mode: int = 0o755
    mtime_ns: int | None = None


Draft: TypeAlias = DraftFile | DraftLink | DraftFolder


def grown(top: DraftFolder, now_ns: int) -> Directory:
    """The finished directory. Inodes follow depth and then the byte order of names; nothing is born after its time."""
    order = [top]
    for each in order:
        order += [inside for _, inside in sorted(each.entries.items()) if isinstance(inside, DraftFolder)]
    numbers = {id(top): FIRST_INODE}
    inodes = count(FIRST_INODE + 1)
    for each in order:
        numbers.update((id(inside), next(inodes)) for _, inside in sorted(each.entries.items()))
    made: dict[int, Directory] = {}
    for each in reversed(order):
        nodes = {n: made.get(id(d)) or _leaf(d, now_ns, numbers[id(d)]) for n, d in each.entries.items()}
        mtime_ns, birth_ns = _times(each, now_ns)
        made[id(each)] = directory(nodes, each.mode, mtime_ns, birth_ns, numbers[id(each)])
    return made[id(top)]


def _leaf(draft: Draft, now_ns: int, inode: int) -> Node:
    mtime_ns, birth_ns = _times(draft, now_ns)
    if isinstance(draft, DraftFile):
        return File(draft.data, draft.mode, mtime_ns, birth_ns, inode)
    assert isinstance(draft, DraftLink)
    return Link(draft.target, mtime_ns, birth_ns, inode)


def _times(draft: Draft, now_ns: int) -> tuple[int, int]:
    mtime_ns = now_ns if draft.mtime_ns is None else draft.mtime_ns
    return mtime_ns, min(mtime_ns, now_ns)
