"""One state of a world as queries find their way in it."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from worlds.part import Part
from worlds.query.sources import source_of
from worlds.relation import Delta, Relation
from worlds.world import World

ContentKey = tuple[str, bytes, bytes]
KNOWN_MAX: Final = 1_000
_KNOWN: Final[dict[ContentKey, dict[str, Relation]]] = {}


class Look:
    """A world's tables by server, read only as far as a query asks for them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._relations: dict[str, dict[str, Relation]] = {}

    def __contains__(self, server: str) -> bool:
        return server in self.world.parts

    def relations(self, server: str) -> dict[str, Relation]:
        """A server's tables by their names in lower case."""
        if server not in self._relations:
            self._relations[server] = self._known(self.key(server), self.world.parts[server])
        return self._relations[server]

    def find(self, server: str, table: str) -> Relation | None:
        """A table by names in lower case."""
        return self.relations(server).get(table) if server in self else None

    def key(self, server: str) -> ContentKey:
        """Equal for parts in which every query finds the same."""
        part = self.world.parts[server]
        return (part.kind, part.digest(), part.marks_digest())

    def _known(self, key: ContentKey, part: Part) -> dict[str, Relation]:
        """Checks look at the same first state again and again, so what it shows is read once."""
        known = _KNOWN.get(key)
        if known is None:
            known = {relation.name.lower(): relation for relation in source_of(part).relations()}
            if len(_KNOWN) >= KNOWN_MAX:
                _KNOWN.clear()
            _KNOWN[key] = known
        return known

    def rows(self, server: str, relation: Relation) -> Iterable[Sequence[Any]]:
        """All rows of a table."""
        return source_of(self.world.parts[server]).rows(relation)

    def delta(self, server: str, relation: Relation, older: "Look") -> Delta | None:
        """How a table differs from an older look at it, where that is known for less than reading it whole."""
        return source_of(self.world.parts[server]).delta(relation, older.world.parts[server])
