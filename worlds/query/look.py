"""One state of a world as queries find their way in it."""

from collections.abc import Iterable, Sequence
from typing import Any

from worlds.query.sources import source_of
from worlds.relation import Delta, Relation
from worlds.world import World

ContentKey = tuple[str, bytes, bytes]


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
            part = self.world.parts[server]
            shown = source_of(part).relations()
            self._relations[server] = {relation.name.lower(): relation for relation in shown}
        return self._relations[server]

    def find(self, server: str, table: str) -> Relation | None:
        """A table by names in lower case."""
        return self.relations(server).get(table) if server in self else None

    def key(self, server: str) -> ContentKey:
        """Equal for parts in which every query finds the same."""
        part = self.world.parts[server]
        return (part.kind, part.digest(), part.marks_digest())

    def rows(self, server: str, relation: Relation) -> Iterable[Sequence[Any]]:
        """All rows of a table."""
        return source_of(self.world.parts[server]).rows(relation)

    def delta(self, server: str, relation: Relation, older: "Look") -> Delta | None:
        """How a table differs from an older look at it, where that is known for less than reading it whole."""
        return source_of(self.world.parts[server]).delta(relation, older.world.parts[server])
