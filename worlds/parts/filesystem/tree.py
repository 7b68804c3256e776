"""The files part: a virtual POSIX tree that forks, digests, dumps, and tells what changed and who did it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

from worlds.blame import NOBODY, Blame
from worlds.blobs import Blobs
from worlds.changes import Actor, Change, kind_of
from worlds.digest import SetSum, canonical, content_hash, seal
from worlds.errors import ArchiveError, WorldError
from worlds.part import Moment, ordered
from worlds.parts.filesystem.base import Base
from worlds.parts.filesystem.compare import (
    Difference,
    differences,
    differs,
    listed_differences,
    relative,
    shown,
    touched_differences,
)
from worlds.parts.filesystem.errors import FileError
from worlds.parts.filesystem.listing import FileListing
from worlds.parts.filesystem.loading import load, load_blame
from worlds.parts.filesystem.manifests import TreeManifest, converted, plain
from worlds.parts.filesystem.merging import merge_files
from worlds.parts.filesystem.node import at, is_large, totals
from worlds.parts.filesystem.operations import perform
from worlds.parts.filesystem.reading import Place, State, place
from worlds.parts.filesystem.running import ALL_SUMMED, Unsummed, content_after, marks_after, noted
from worlds.parts.filesystem.saving import remember, save, save_blame
from worlds.parts.filesystem.sums import content_sum, marks_sum
from worlds.parts.filesystem.walk import checked
from worlds.parts.filesystem.writing import FileWrites


class FileTree(FileListing, FileWrites):
    """Files below `root` are state; what lies beside and above it is a small read-only host.

    The part's promises are about the state as of the last settle; the calls act on the present one at once.
    """

    __slots__ = ("_base", "_blame", "_content", "_digest", "_effects", "_marks", "_settled", "interrupted")

    kind: ClassVar[str] = "filesystem"

    def __init__(
        self, place: Place, state: State, *, digest: bytes | None = None, blame: Blame = NOBODY, effects: int = 0
    ) -> None:
        super().__init__(place, state)
        self._settled = state
        self._base = Base(state.tree, digest)
        self._content: SetSum | None = None
        self._digest: bytes | None = None
        self._marks: tuple[SetSum | None, Unsummed] = None, ALL_SUMMED
        """The sum, where it is not the base's, and what is not in it yet. One value, because a thread may ask for the
        digest of a tree that is forked meanwhile."""
        self._blame = blame
        self._effects = effects
        self.interrupted = False
        """Whether whoever works on the files in portions should give up; over as soon as a state is adopted."""

    def fork(self) -> Self:
        """An independent copy, in O(1)."""
        twin = object.__new__(type(self))
        twin.adopt(self)
        return twin

    def adopt(self, other: Self) -> None:
        """Become an independent copy of another tree, in O(1)."""
        self._place = other._place
        self._now = other._now
        self._touched = other._touched.copy()
        self._settled = other._settled
        self._base = other._base
        self._content = other._content
        self._digest = other._digest
        self._marks = other._marks
        self._blame = other._blame
        self._effects = other._effects
        self.interrupted = False

    def same(self, older: Self) -> bool:
        """Whether nothing was written since."""
        return self._now is self._settled is older._settled

    def is_much(self) -> bool:
        """Whether a folder with more than some hundred entries was put somewhere or taken away."""
        for path, whole in self._touched.items():
            if whole:
                names = relative(path, self.root)
                if is_large(at(self._settled.tree, names)) or is_large(at(self._now.tree, names)):
                    return True
        return False

    def interrupt(self) -> None:
        """Ask whoever works on the files in portions to give up."""
        self.interrupted = True

    def settle(self, actor: Actor) -> Sequence[Change]:
        """End an effect and return its net changes, in path order."""
        if not self._touched:
            return ()
        touched, before = self._touched, self._settled.tree
        self._touched, self._settled = {}, self._now
        found = touched_differences(touched, before, self._now.tree, self.root)
        total, unsummed = self._marks
        self._marks = total, noted(unsummed, found)
        found = [(path, old, new) for path, old, new in found if differs(old, new)]
        if not found:
            return ()
        self._content = content_after(self._content_sum(), found, self.root)
        self._digest = seal(self._content)
        self._effects += 1
        stamp = f"{self._effects}-{self._digest[:8].hex()}"
        self._blame = self._blame.after([path for path, _, _ in found], actor, stamp)
        changes = [_change(difference, (actor,)) for difference in found]
        return changes if len(changes) == 1 else ordered(changes)

    def digest(self) -> bytes:
        """32 bytes over names, kinds, modes, link targets and bytes."""
        if self._digest is None:
            self._digest = seal(self._content_sum())
        return self._digest

    def marks_digest(self) -> bytes:
        """32 bytes over modification and birth times, inodes, the root and the quota."""
        total, unsummed = self._marks
        if unsummed or total is None:
            total = marks_after(self._base.marks if total is None else total, unsummed, self._settled.tree, self.root)
            self._marks = total, ALL_SUMMED
        return self._marked(total)

    def recomputed(self) -> tuple[bytes, bytes]:
        """Both digests from nothing, in O(size)."""
        tree = self._settled.tree
        return seal(content_sum(tree, rehash=True)), self._marked(marks_sum(tree))

    def diff(self, older: Self) -> Sequence[Change]:
        """Net changes from `older` to this, in path order; O(changes) for trees that were forked from one another."""
        if self.digest() == older.digest():
            return ()
        known = self._base.digest == older._base.digest
        changes = [
            _change(found, self._blame.actors_apart(older._blame, found[0]) if known else ())
            for found in self._differences(older)
            if differs(found[1], found[2])
        ]
        return ordered(changes)

    def dump(self, blobs: Blobs) -> dict[str, Any]:
        """A manifest of the tree; directories and bytes lie in `blobs`, and only those that changed since the last
        dump into the same blobs are put there again."""
        state, place = self._settled, self._place
        manifest = TreeManifest(
            format=1,
            root=place.root,
            bytes_max=place.bytes_max,
            files_max=place.files_max,
            top=save(state.tree, blobs),
            next_inode=state.next_inode,
            effects=self._effects,
            base=self._base.digest.hex(),
            blame=save_blame(self._blame, blobs),
            digest=self.digest().hex(),
            marks_digest=self.marks_digest().hex(),
        )
        return plain(manifest)

    def dump_since(self, older: Self, blobs: Blobs) -> None:
        """None: there is only the dump to tell. It costs what differs from `older`, if that was dumped before."""
        remember((older._settled.tree, older._blame), (self._settled.tree, self._blame), blobs)

    @classmethod
    def load(cls, manifest: Mapping[str, Any], blobs: Blobs) -> Self:
        """The tree that `dump` described, verified by both digests. Raises ArchiveError."""
        written = converted(manifest, TreeManifest)
        place = _place(written)
        tree = load(written.top, written.next_inode, blobs)
        state = State(tree, *totals(tree), written.next_inode)
        blame = load_blame(written.blame, blobs)
        loaded = cls(place, state, digest=bytes.fromhex(written.base), blame=blame, effects=written.effects)
        if (loaded.digest().hex(), loaded.marks_digest().hex()) != (written.digest, written.marks_digest):
            raise ArchiveError("the files are not those that were stored")
        return loaded

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> None:
        """Do an operation given as data, whole or not at all; see `operations` for names and arguments."""
        before, touched = self._now, self._touched.copy()
        try:
            perform(self, operation, arguments, moment.now_ns)
        except WorldError:
            self._now, self._touched = before, touched
            raise

    def merge(self, changes: Mapping[str, Any], moment: Moment) -> None:
        """Write and remove files by path. Raises WrongChange."""
        merge_files(self, changes, moment)

    def close(self) -> None:
        """Nothing is held."""

    def _differences(self, older: Self) -> Iterable[Difference]:
        before, now = older._settled.tree, self._settled.tree
        if self._base is older._base:
            return listed_differences(self._blame.paths_apart(older._blame), before, now, self.root)
        return differences(self.root, before, now)

    def _content_sum(self) -> SetSum:
        return self._base.content if self._content is None else self._content

    def _marked(self, total: SetSum) -> bytes:
        place = self._place
        rest = canonical([place.root, place.bytes_max, place.files_max, self._settled.next_inode])
        return content_hash(b"marks\0" + seal(total) + rest)


def _place(written: TreeManifest) -> Place:
    try:
        checked(written.root, written.root)
    except FileError:
        raise ArchiveError("a file tree has an impossible root") from None
    found = place(written.root, bytes_max=written.bytes_max, files_max=written.files_max)
    if found.root != written.root or {".", ".."} & set(found.site.names):
        raise ArchiveError("the root of a file tree is not written plainly")
    return found


def _change(difference: Difference, actors: tuple[Actor, ...]) -> Change:
    path, old, new = difference
    before, after = shown(old), shown(new)
    return Change(path, kind_of(before, after), before, after, actors)
