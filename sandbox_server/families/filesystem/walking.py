"""The tools that go down into directories: the tree as JSON, and the search. Neither follows links.

Both give other episodes a turn now and then, after each path where patterns are heavy; those are read in a thread.
"""

from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import Final

from sandbox_server.aside import Steps
from sandbox_server.families.filesystem import paths
from sandbox_server.families.filesystem.access import Access
from sandbox_server.families.filesystem.failures import Refusal
from sandbox_server.families.filesystem.globs import BadGlob, Glob, compile_glob
from sandbox_server.families.filesystem.listing import scan
from sandbox_server.families.filesystem.pace import Pace
from worlds.parts.filesystem import Stat

HEAVY: Final = 200
"""The weight from which on others get a turn after each path."""
LETTERS_MAX: Final = 256 * 1024
"""Letters of all different patterns of one call."""
WORK_MAX: Final = 100_000_000
"""Weight of all patterns, times paths, that one call may cost: some ten seconds, in which no reset gets through."""
TREE_LETTERS_MAX: Final = 16 << 20
"""Letters of a tree as JSON, which in deep trees are blanks for the most part. JavaScript's bound is 32 times that."""
Entry = tuple[str, Stat]


class Sieve:
    """Some patterns, of which one is enough to match."""

    def __init__(self, globs: Sequence[Glob], pace: Pace) -> None:
        self._globs = globs
        self._pace = pace
        self._weight = sum(1 + glob.weight for glob in globs)
        self._left = WORK_MAX

    @classmethod
    async def of(cls, patterns: Sequence[str], pace: Pace) -> "Sieve":
        """The sieve of some patterns. Raises BadGlob."""
        if sum(map(len, patterns)) < HEAVY and not any("{" in pattern for pattern in patterns):
            return cls([compile_glob(pattern) for pattern in patterns], pace)
        different = dict.fromkeys(patterns)
        if sum(map(len, different)) > LETTERS_MAX:
            raise BadGlob("pattern is too long")
        return cls(await pace.aside(lambda: [compile_glob(pattern) for pattern in different]), pace)

    async def catches(self, path: str) -> bool:
        """Whether a pattern matches a relative path. Raises BadGlob when that has cost too much already."""
        self._left -= self._weight
        if self._left < 0:
            raise BadGlob("pattern is too long")
        if self._weight <= HEAVY:
            return any(glob.matches(path) for glob in self._globs)
        await self._pace.turn()
        return await self._pace.in_turns(self._match_steps(path))

    def _match_steps(self, path: str) -> Steps[bool]:
        for glob in self._globs:
            if (yield from glob.match_steps(path)):
                return True
        return False


async def search(access: Access, requested: str, pattern: str, excluded: Sequence[str]) -> str:
    """The absolute paths of all that a pattern matches, a line each, before what is below it."""
    root = access.real(requested)
    entries, pace = scan(access.tree, root), Pace(access.tree)
    try:
        wanted, hidden = await Sieve.of([pattern], pace), await Sieve.of(excluded, pace)
        found = await _matching(access, root, entries, wanted, hidden, pace)
    except BadGlob:
        found = []
    return "\n".join(found) or "No matches found"


async def _matching(
    access: Access, root: str, entries: list[Entry], wanted: Sieve, hidden: Sieve, pace: Pace
) -> list[str]:
    """The absolute paths below a root that one sieve catches and the other does not. Raises BadGlob."""
    found: list[str] = []
    pending = [("", entry) for entry in reversed(entries)]
    base = root.rstrip("/") + "/"
    while pending:
        above, (name, stat) = pending.pop()
        await pace.step(len(above))
        place = above + name
        if (stat.kind == "link" and not _reaches(access, base + place)) or await hidden.catches(place):
            continue
        if await wanted.catches(place):
            found.append(base + place)
        if stat.kind == "dir":
            pending += [(place + "/", entry) for entry in reversed(_listed(access, base + place))]
    return found


def _reaches(access: Access, path: str) -> bool:
    """Whether a link leads to something that may be seen."""
    try:
        access.real(path)
    except Refusal:
        return False
    return True


def _listed(access: Access, path: str) -> list[Entry]:
    """The entries of a directory; none of one that may not be read."""
    try:
        return scan(access.tree, path)
    except Refusal:
        return []


async def tree(access: Access, requested: str, excluded: Sequence[str]) -> str:
    """A directory and all below it as JSON with an indentation of two."""
    pace = Pace(access.tree)
    try:
        hidden = await Sieve.of([each for pattern in excluded for each in _anywhere(pattern)], pace)
    except BadGlob as error:
        hidden = _Broken(str(error), pace)
    entries = scan(access.tree, access.real(requested))
    try:
        return await _written(access, requested, entries, hidden, pace)
    except BadGlob as error:
        raise Refusal(str(error)) from None


async def _written(access: Access, requested: str, entries: list[Entry], hidden: Sieve, pace: Pace) -> str:
    """The document of a directory with these entries. Raises BadGlob."""
    writer = _TreeWriter()
    pending = [("", entry) for entry in reversed(entries)]
    while pending:
        above, (name, stat) = pending.pop()
        await pace.step(len(above))
        place = above + name
        writer.rise(place.count("/"))
        if await hidden.catches(place):
            continue
        writer.add(name, is_directory=stat.kind == "dir")
        if stat.kind == "dir":
            folder = paths.join(requested, place)
            pending += [(place + "/", entry) for entry in reversed(scan(access.tree, access.real(folder)))]
    return writer.text()


def _anywhere(pattern: str) -> list[str]:
    """A pattern without a star also excludes at any depth, with all that is below."""
    return [pattern] if "*" in pattern else [pattern, f"**/{pattern}", f"**/{pattern}/**"]


class _Broken(Sieve):
    """A pattern that breaks the call as soon as it is used."""

    def __init__(self, text: str, pace: Pace) -> None:
        super().__init__((), pace)
        self._text = text

    async def catches(self, path: str) -> bool:
        raise Refusal(self._text)


class _TreeWriter:
    """Writes nested lists of entries line by line, however deep."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0
        self._letters = 0
        self._open = [False]
        """For each list from the outermost on: whether an entry was written to it."""

    def add(self, name: str, *, is_directory: bool) -> None:
        """Write an entry into the innermost list; a directory opens a list of its own. Raises Refusal for too much."""
        self._letters += 16 * len(self._open) + len(name)
        if self._letters > TREE_LETTERS_MAX:
            raise Refusal("Invalid string length")
        if self._open[-1]:
            self._lines[-1] += ","
        self._open[-1] = True
        indent = "  " * (2 * len(self._open) - 1)
        kind = "directory" if is_directory else "file"
        self._lines += [f"{indent}{{", f'{indent}  "name": {encode_basestring(name)},', f'{indent}  "type": "{kind}"']
        if is_directory:
            self._lines[-1] += ","
            self._lines.append(f'{indent}  "children": [')
            self._open.append(False)
        else:
            self._lines.append(indent + "}")

    def rise(self, depth: int) -> None:
        """Close the lists below a depth (0 is the outermost)."""
        while len(self._open) > depth + 1:
            indent = "  " * (2 * len(self._open) - 2)
            if self._open.pop():
                self._lines.append(indent + "]")
            else:
                self._lines[-1] += "]"
            self._lines.append(indent[2:] + "}")

    def text(self) -> str:
        """The whole document."""
        self.rise(0)
        return "\n".join(["[", *self._lines, "]"]) if self._open[0] else "[]"
