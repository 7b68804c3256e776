"""How a path leads through a tree and the host around it, link by link, as Linux walks it."""

from enum import Enum
from typing import Final

from worlds.parts.filesystem.errors import FileError
from worlds.parts.filesystem.node import Directory, Link, Node
from worlds.parts.filesystem.skeleton import MOUNT, Site

NAME_BYTES_MAX: Final = 255
PATH_BYTES_MAX: Final = 4095
LINKS_MAX: Final = 40

READ: Final = 0o4
WRITE: Final = 0o2
SEARCH: Final = 0o1


class Ending(Enum):
    """What to do with a link at the end of a path."""

    KEEP = 1
    """Leave it. Whether the last name is too long is not looked at either, see `refuse_long`."""
    FOLLOW = 2
    CREATE = 3
    """Follow; but keep a link in whose place a directory is asked for by a trailing slash."""
    RESOLVE = 4
    """Follow, as the C library's `realpath` does: `.` and `..` need no permission to search."""


class Spot:
    """A place that a path leads to: the directories on the way down, and what is at the end, if anything.

    `names` are the physical names of `nodes` below `/`. `name` is the last name; it is "." or ".." or "/" when the
    path ends so, and then `node` is the last of `nodes`. `slash` tells of a trailing slash, `own` that the
    last directory belongs to the tree and not to the host.
    """

    __slots__ = ("name", "names", "node", "nodes", "own", "slash")

    def __init__(
        self, nodes: list[Directory], names: list[str], name: str, node: Node | None, *, slash: bool, own: bool
    ) -> None:
        self.nodes = nodes
        self.names = names
        self.name = name
        self.node = node
        self.slash = slash
        self.own = own

    @property
    def special(self) -> bool:
        """Whether the path names no entry of a directory: it ends in `.`, `..` or is `/`."""
        return self.name in (".", "..", "/")

    def whole(self) -> list[str]:
        """The physical names from `/` to the end."""
        return self.names if self.special else [*self.names, self.name]

    def path(self) -> str:
        """The physical path of the end."""
        return "/" + "/".join(self.whole())


def split(path: str) -> list[str]:
    """The names in a path from last to first. Raises FileError for what the system would not take as a path."""
    checked(path, path)
    if not path.startswith("/"):
        raise FileError("EINVAL" if path else "ENOENT", path)
    return [name for name in reversed(path.split("/")) if name]


def checked(text: str, path: str) -> None:
    """Refuse a text (a path or a link's target) that cannot be handed to the system: NUL, surrogates, length."""
    if "\0" in text:
        raise FileError("EINVAL", path)
    try:
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        raise FileError("EILSEQ", path) from None
    if size > PATH_BYTES_MAX:
        raise FileError("ENAMETOOLONG", path)


def refuse_long(name: str, path: str) -> None:
    """Refuse a name that no directory can hold."""
    if len(name.encode()) > NAME_BYTES_MAX:
        raise FileError("ENAMETOOLONG", path)


def allowed(node: Node, bits: int, *, own: bool) -> bool:
    """Whether the agent's process may do this to a node: it owns the tree, and nothing of the host."""
    mode = 0o777 if type(node) is Link else node.mode
    return (mode >> 6 if own else mode) & bits == bits


def walk(site: Site, tree: Directory, path: str, ending: Ending) -> Spot:
    """Where a path leads. The end may be missing (`node` is None); everything before it must be there.

    Raises FileError: ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG, EINVAL, EILSEQ.
    """
    return _straight(site, tree, path) or _wander(site, tree, path, ending)


def _straight(site: Site, tree: Directory, path: str) -> Spot | None:
    """The way of nearly every call: from the root straight down through directories. None for any other."""
    if not path.startswith(site.prefix) or len(path) > PATH_BYTES_MAX // 4:
        return None
    steps = path[len(site.prefix) :].split("/")
    here, nodes = tree, [*site.above, tree]
    name = steps.pop()
    for step in steps:
        node = here.entries.get(step)
        if type(node) is not Directory or not node.mode & 0o100:
            return None
        nodes.append(node)
        here = node
    found = here.entries.get(name)
    if type(found) is Link or not tree.mode & 0o100 or (found is None and not _is_plain(name)):
        return None
    return Spot(nodes, [*site.names, *steps], name, found, slash=False, own=True)


def _is_plain(name: str) -> bool:
    """Whether a name that was not found is certainly one that a file could have."""
    return 0 < len(name) < 64 and name.isascii() and name not in (".", "..") and "\0" not in name


def _wander(site: Site, tree: Directory, path: str, ending: Ending) -> Spot:
    """Every other way, step by step."""
    pending = split(path)
    slash = path.endswith("/")
    depth = len(site.names)
    nodes, names, links, name = [site.above[0] if depth else tree], list[str](), 0, "/"
    while pending:
        name, here = pending.pop(), nodes[-1]
        dots = name == "." or name == ".."
        if here.mode & 0o101 != 0o101 and not (dots and ending is Ending.RESOLVE):
            _refuse_sealed(here, path, own=_own(nodes, depth, tree))
        if dots:
            if name == ".." and names:
                nodes.pop(), names.pop()
            continue
        if len(name) > 63 and (pending or _follows(ending, slash=slash)):
            refuse_long(name, path)
        node = here.entries.get(name)
        node = tree if node is MOUNT else node
        if type(node) is Link and (pending or _follows(ending, slash=slash)):
            links += 1
            if links > LINKS_MAX:
                raise FileError("ELOOP", path)
            slash = slash or (not pending and node.target.endswith("/"))
            pending += [part for part in reversed(node.target.split("/")) if part]
            if node.target.startswith("/"):
                nodes, names, name = nodes[:1], [], "/"
            continue
        if not pending:
            return Spot(nodes, names, name, node, slash=slash, own=_own(nodes, depth, tree))
        if type(node) is not Directory:
            raise FileError("ENOENT" if node is None else "ENOTDIR", path)
        nodes.append(node)
        names.append(name)
    return Spot(nodes, names, name, nodes[-1], slash=slash, own=_own(nodes, depth, tree))


def _follows(ending: Ending, *, slash: bool) -> bool:
    return ending is not Ending.KEEP and not (ending is Ending.CREATE and slash)


def _refuse_sealed(folder: Directory, path: str, *, own: bool) -> None:
    if not allowed(folder, SEARCH, own=own):
        raise FileError("EACCES", path)


def _own(nodes: list[Directory], depth: int, tree: Directory) -> bool:
    return len(nodes) > depth and nodes[depth] is tree
