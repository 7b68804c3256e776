"""One part of a glob (what stands between slashes) as a tree of extended groups, rearranged as minimatch 10 does."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

GROUPS: Final = "!?+*@"
DEPTH_MAX: Final = 2
"""How deeply groups that cannot be merged into the one around them may nest."""
PASSES_MAX: Final = 10
COPIES_MAX: Final = 50_000
"""Each negation holds a copy of all that follows it, negations included: the sizes multiply."""

_ADOPTS: Final = {"!": "@", "?": "?@", "@": "@", "*": "*+?@", "+": "+@"}
"""Which groups dissolve in the group around them."""
_ADOPTS_WITH_BLANK: Final = {"!": "?", "@": "?", "+": "?*"}
"""Which dissolve and leave an empty alternative."""
_BECOMES: Final[Mapping[str, Mapping[str, str]]] = {
    "!": {"!": "@"},
    "?": {"*": "*", "+": "*"},
    "@": {"!": "!", "?": "?", "@": "@", "*": "*", "+": "+"},
    "+": {"?": "*", "*": "*"},
}
"""What a group with a single group in it turns into."""


class BadGlob(Exception):
    """A pattern that cannot be used; the text is what the glob library would throw."""


class Node:
    """A run of texts and groups (`kind` is None), or a group whose parts are its alternatives, each such a run."""

    __slots__ = ("hollow", "kind", "parent", "parts", "place")

    def __init__(self, kind: str | None, parent: "Node | None" = None) -> None:
        self.kind = kind
        self.parent = parent
        self.place = len(parent.parts) if parent else 0
        """Which part of its parent it was when it was made; rearranging does not change it."""
        self.parts: list[str | Node] = []
        self.hollow = False
        """A group that ends without a text before its parenthesis."""

    @property
    def nodes(self) -> Iterator["Node"]:
        """The parts that are nodes."""
        return (part for part in self.parts if isinstance(part, Node))

    def is_start(self) -> bool:
        """Whether what it matches begins where the file's part begins."""
        if self.parent is None:
            return True
        if not self.parent.is_start():
            return False
        before = islice(self.parent.parts, self.place)  # a copy for each would cost the square of their number
        return all(isinstance(part, Node) and part.kind == "!" for part in before)

    def is_end(self) -> bool:
        """Whether what it matches ends where the file's part ends."""
        if self.parent is None or self.parent.kind == "!":
            return True
        if not self.parent.is_end():
            return False
        return self.kind is None or self.place == len(self.parent.parts) - 1

    def text(self) -> str:
        """The glob that the node stands for."""
        words = [part if isinstance(part, str) else part.text() for part in self.parts]
        return "".join(words) if self.kind is None else f"{self.kind}({'|'.join(words)})"


def read_part(glob: str) -> Node:
    """The tree of a part, rearranged, each negation with what follows it copied in. Raises BadGlob."""
    reader = _Reader(glob)
    root = Node(None)
    reader.read(root, 0, 0)
    _flatten(root)
    copier = _Copier()
    for node in reversed(reader.negations):
        if node.kind == "!":
            copier.copy_tail(node)
    return root


class _Reader:
    """Finds the groups in a glob; remembers the negations in the order of their beginnings."""

    def __init__(self, glob: str) -> None:
        self.glob = glob
        self.negations: list[Node] = []

    def read(self, node: Node, at: int, depth: int) -> int:
        """Fill a node from a position (that of the parenthesis of a group) and return where it ends."""
        glob, start, grouped = self.glob, at, node.kind is not None
        run, branches = (Node(None, node) if grouped else node), list[Node]()
        at += grouped
        begun = at
        while at < len(glob):
            letter = glob[at]
            if letter == "\\":
                at += 2
            elif letter == "[":
                at = _after_class(glob, at)
            elif self._opens(letter, at, node, depth):
                _add(run, glob[begun:at])
                at = begun = self._group(letter, at, run, depth + (not _adopts(node, letter)))
            elif grouped and letter in "|)":
                _add(run, glob[begun:at])
                branches.append(run)
                if letter == ")":
                    node.parts, node.hollow = [*branches], begun == at
                    return at + 1
                run, begun = Node(None, node), at + 1
                at = begun
            else:
                at += 1
        if grouped:
            node.kind, node.parts = None, [glob[start - 1 :]]
        else:
            _add(run, glob[begun:])
        return len(glob)

    def _group(self, kind: str, at: int, run: Node, depth: int) -> int:
        group = Node(kind, run)
        if kind == "!":
            self.negations.append(group)
        run.parts.append(group)
        return self.read(group, at + 1, depth)

    def _opens(self, letter: str, at: int, node: Node, depth: int) -> bool:
        if letter not in GROUPS or self.glob[at + 1 : at + 2] != "(":
            return False
        return depth <= DEPTH_MAX or _adopts(node, letter)


class _Copier:
    """Copies what follows a negation into its alternatives, so that they can look ahead to the end."""

    def __init__(self) -> None:
        self.left = COPIES_MAX

    def copy_tail(self, negation: Node) -> None:
        """Append to each alternative all that comes after the negation, level by level."""
        node = negation
        while parent := node.parent:
            tail = parent.parts[node.place + 1 :] if parent.kind is None else []
            for part in tail:
                for run in negation.nodes:
                    self._copy(part, run)
            node = parent

    def _copy(self, part: str | Node, run: Node) -> None:
        self.left -= 1
        if self.left < 0:
            raise BadGlob("pattern is too complex")
        if isinstance(part, str):
            _add(run, part)
            return
        twin = Node(part.kind, run)
        for inner in part.parts:
            self._copy(inner, twin)
        run.parts.append(twin)


def _after_class(glob: str, at: int) -> int:
    """Where the brackets that open at a position end; the end of the glob when they are never closed."""
    first, negated = at + 1, False
    at = first
    while at < len(glob):
        letter = glob[at]
        if letter == "\\":
            at += 2
            continue
        if at == first:
            negated = letter in "^!"
        elif letter == "]" and not (negated and at == first + 1):
            return at + 1
        at += 1
    return len(glob)


def _flatten(node: Node) -> None:
    """Merge groups into the groups around them where that changes nothing, as deeply as it goes."""
    if node.kind is None:
        for inner in node.nodes:
            _flatten(inner)
        return
    for _ in range(PASSES_MAX):
        if not _flatten_once(node):
            return


def _flatten_once(node: Node) -> bool:
    index, changed = 0, False
    while index < len(node.parts):
        run = node.parts[index]
        if isinstance(run, Node):
            _flatten(run)
            changed = _merge(node, run, index) or changed
        index += 1
    return changed


def _merge(node: Node, run: Node, index: int) -> bool:
    """Dissolve the only group of an alternative, or let it take the place of the group around it."""
    group = run.parts[0] if run.kind is None and len(run.parts) == 1 else None
    if not isinstance(group, Node) or group.kind is None or node.kind is None:
        return False
    if group.kind in _ADOPTS.get(node.kind, ""):
        _adopt(node, group, index)
    elif group.kind in _ADOPTS_WITH_BLANK.get(node.kind, ""):
        blank = Node(None, group)
        blank.parts.append("")
        group.parts.append(blank)
        _adopt(node, group, index)
    elif len(node.parts) == 1 and group.kind in _BECOMES.get(node.kind, {}):
        node.kind, node.parts, node.hollow = _BECOMES[node.kind][group.kind], group.parts, False
        _own(node)
    else:
        return False
    return True


def _adopt(node: Node, group: Node, index: int) -> None:
    node.parts[index : index + 1] = group.parts
    _own(node)


def _own(node: Node) -> None:
    for run in node.nodes:
        run.parent = node


def _adopts(node: Node, kind: str) -> bool:
    around = node.kind or ""
    return kind in _ADOPTS.get(around, "") or kind in _ADOPTS_WITH_BLANK.get(around, "")


def _add(run: Node, text: str) -> None:
    if text:
        run.parts.append(text)
