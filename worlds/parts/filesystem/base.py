"""The first state of a tree, which all its forks share."""

from worlds.digest import SetSum, seal
from worlds.parts.filesystem.node import Directory
from worlds.parts.filesystem.sums import content_sum, marks_sum


class Base:
    """An identity, and what is worked out once for all forks: both sums and the digest, each when first asked for."""

    __slots__ = ("_content", "_digest", "_marks", "_tree")

    def __init__(self, tree: Directory, digest: bytes | None = None) -> None:
        self._tree = tree
        self._digest = digest
        self._content: SetSum | None = None
        self._marks: SetSum | None = None

    @property
    def content(self) -> SetSum:
        """The content sum of the tree."""
        if self._content is None:
            self._content = content_sum(self._tree)
        return self._content

    @property
    def marks(self) -> SetSum:
        """The marks sum of the tree."""
        if self._marks is None:
            self._marks = marks_sum(self._tree)
        return self._marks

    @property
    def digest(self) -> bytes:
        """The content digest of the first state; a loaded tree brings that of a state it was not made from."""
        if self._digest is None:
            self._digest = seal(self.content)
        return self._digest
