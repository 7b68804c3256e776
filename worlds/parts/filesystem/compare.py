"""What differs between two trees, and how each side is shown in a change."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from worlds.parts.filesystem.node import NOTHING, Directory, File, Link, Node, at

Difference: TypeAlias = tuple[str, Node | None, Node | None]
"""A path, what was there, and what is."""

TEXT_BYTES_MAX: Final = 4096
"""Longer texts are shown by their hash alone."""


def differences(path: str, old: Node | None, new: Node | None) -> Iterator[Difference]:
    """Every path at or below this one where another node lies, in no particular order."""
    pending: list[Difference] = [(path, old, new)]
    while pending:
        path, old, new = pending.pop()
        if old is new:
            continue
        yield path, old, new
        before, after = _entries(old), _entries(new)
        if before is not after:
            joint = path if path == "/" else path + "/"
            pending += [
                (joint + name, before.get(name), node) for name, node in after.items() if before.get(name) is not node
            ]
            pending += [(joint + name, node, None) for name, node in before.items() if name not in after]


def touched_differences(touched: Mapping[str, bool], old: Directory, new: Directory, root: str) -> list[Difference]:
    """The differences at touched paths; where a directory was put or taken (True), those below it too."""
    found: list[Difference] = []
    folders: list[Difference] = []
    for path, whole in touched.items():
        names = relative(path, root)
        before, after = at(old, names), at(new, names)
        if whole and (type(before) is Directory or type(after) is Directory):
            folders.append((path, before, after))
        elif before is not after:
            found.append((path, before, after))
    return found if not folders else _merged(found, folders)


def listed_differences(paths: Iterable[str], old: Directory, new: Directory, root: str) -> Iterator[Difference]:
    """Those of the paths where another node lies."""
    for path in paths:
        names = relative(path, root)
        before, after = at(old, names), at(new, names)
        if before is not after:
            yield path, before, after


def relative(path: str, root: str) -> list[str]:
    """The names of a physical path below the root."""
    return [] if path == root else path[1 if root == "/" else len(root) + 1 :].split("/")


def differs(old: Node | None, new: Node | None) -> bool:
    """Whether two nodes differ in content themselves, whatever lies below them."""
    if old is new:
        return False
    if type(old) is File and type(new) is File:
        return old.mode != new.mode or (old.data is not new.data and old.hash != new.hash)
    if type(old) is Directory and type(new) is Directory:
        return old.mode != new.mode
    if type(old) is Link and type(new) is Link:
        return old.target != new.target
    return True


def shown(node: Node | None) -> dict[str, Any] | None:
    """A node as a change shows it: kind, mode in octal, and size, hash and short text of a file or target of a link."""
    if node is None:
        return None
    if type(node) is Link:
        return {"kind": "link", "target": node.target}
    if type(node) is Directory:
        return {"kind": "dir", "mode": f"{node.mode:03o}"}
    fields = {"kind": "file", "mode": f"{node.mode:03o}", "size": len(node.data), "sha": node.hash.hex()}
    text = decoded(node.data, TEXT_BYTES_MAX)
    return fields if text is None else {**fields, "text": text}


def decoded(data: bytes, bytes_max: int) -> str | None:
    """The text that some bytes are in UTF-8; None when they are not, or too many."""
    if len(data) > bytes_max:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _merged(found: list[Difference], folders: list[Difference]) -> list[Difference]:
    """Those at folders with all below, and the others that lie elsewhere: each path once."""
    tops = {path for path, _, _ in folders}
    outside = [each for each in found if not _is_below(each[0], tops)]
    inside = [each for folder in folders if not _is_below(folder[0], tops) for each in differences(*folder)]
    return outside + inside


def _is_below(path: str, tops: set[str]) -> bool:
    end = path.rfind("/")
    while end > 0:
        if path[:end] in tops:
            return True
        end = path.rfind("/", 0, end)
    return "/" in tops and path != "/"


def _entries(node: Node | None) -> Mapping[str, Node]:
    return node.entries if type(node) is Directory else NOTHING
