"""The first state of a store, which all forks share: its sums and its bytes are made once, when first asked for."""

from functools import cached_property
from typing import Any

from worlds.blobs import Blobs
from worlds.digest import SetSum, canonical, content_hash
from worlds.records.shown import Types, typed
from worlds.records.spelling import spelled
from worlds.records.state import State
from worlds.records.sums import content_sum, marks_sum


class Base:
    """A state that is never changed."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._types: dict[str, Types] = {}

    def types(self, table: str) -> Types:
        """The fields of a table's records with the types of their values."""
        if table not in self._types:
            self._types[table] = typed(self.state.shelves[table].rows.values())
        return self._types[table]

    @cached_property
    def content(self) -> SetSum:
        """The content sum."""
        return content_sum(self.state)

    @cached_property
    def marks(self) -> SetSum:
        """The marks sum."""
        return marks_sum(self.state)

    @cached_property
    def _bytes(self) -> bytes:
        return canonical(self._written())

    @cached_property
    def address(self) -> str:
        """The hash of its bytes."""
        return content_hash(self._bytes).hex()

    def saved(self, blobs: Blobs) -> str:
        """Its address; its bytes lie in the store from now on."""
        return blobs.put(self._bytes)

    def _written(self) -> dict[str, Any]:
        shelves = sorted(self.state.shelves.items())
        return {
            "tables": [[name, list(shelf.table.indexes), shelf.table.hidden] for name, shelf in shelves],
            "rows": {
                name: [[key, number, spelled(shelf.rows.get(key))] for key, number in sorted(shelf.numbers.items())]
                for name, shelf in shelves
            },
            **self.state.figures(),
        }
