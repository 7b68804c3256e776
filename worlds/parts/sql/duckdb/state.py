"""One state of a database as data: a base, a write log, and what is known of the content without asking a worker."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import immutables

from worlds.changes import Actor
from worlds.digest import EMPTY, SetSum, content_hash, plus, seal, value_hash
from worlds.parts.sql.duckdb.bases import Base, Sums
from worlds.parts.sql.duckdb.facts import catalog_digest
from worlds.parts.sql.duckdb.log import EMPTY_LOG, Log
from worlds.parts.sql.duckdb.messages import Catalog, Effects, Name, Told
from worlds.parts.sql.duckdb.net import Delta, effect_nets, fold


@dataclass(frozen=True, slots=True, eq=False)
class Blame:
    """Who settled changes of which paths: a persistent list."""

    actor: Actor = ""
    paths: tuple[str, ...] = ()
    earlier: "Blame | None" = None
    length: int = 0
    log_length: int = 0
    """How long the write log was."""

    def plus(self, actor: Actor, paths: tuple[str, ...], log_length: int) -> "Blame":
        """The list with one more settlement."""
        return Blame(actor, paths, self, self.length + 1, log_length)

    def since(self, other: "Blame") -> Iterator["Blame"]:
        """The settlements after the last one that both lists share, latest first."""
        blame = self
        while blame is not other:
            if blame.length >= other.length:
                if blame.earlier is None:
                    return
                yield blame
                blame = blame.earlier
            else:
                other = other.earlier or blame

    def __iter__(self) -> Iterator["Blame"]:
        """All settlements, oldest first."""
        return iter(list(self.since(NO_BLAME))[::-1])


NO_BLAME: Final = Blame()


@dataclass(frozen=True)
class State:
    """An immutable state. `delta` and `bulk` tell in what it differs from the base."""

    base: Base
    catalog: Catalog
    schema_digest: bytes
    sums: Sums
    sequences: Mapping[str, int | None]
    log: Log = EMPTY_LOG
    open: bool = False
    """Whether the agent's session has a transaction open."""
    pending: bytes = b""
    """A hash of what that transaction has done so far."""
    lasting: bytes = b""
    """A hash of what the session holds beyond the database: temporary objects, variables, prepared statements."""
    delta: Delta = field(default_factory=immutables.Map)
    bulk: frozenset[Name] = frozenset()
    """Tables whose changes are too many to be listed in `delta`."""
    blame: Blame = NO_BLAME
    now_us: int = 0
    """The time of the latest statement, in microseconds since the epoch."""

    @classmethod
    def first(cls, base: Base, now_us: int) -> "State":
        """The state in which nothing has happened yet."""
        return cls(base, base.catalog, catalog_digest(base.catalog), base.sums, base.sequences, now_us=now_us)

    @cached_property
    def digest(self) -> bytes:
        """32 bytes over schema and rows."""
        return content_digest(self.schema_digest, self.sums)

    @cached_property
    def marks_digest(self) -> bytes:
        """32 bytes over the positions of sequences and what the agent's session holds."""
        return marks_digest(self.sequences, self.pending, self.lasting)

    def after(self, told: Told, log: Log, now_us: int) -> "State":
        """The state after a statement that ends this log."""
        state = self
        for effects in told.effects:
            state = state._with(effects)
        pending = content_hash(self.pending + log.hash) if told.open else b""
        lasting = content_hash(self.lasting + log.hash) if told.lasting else self.lasting
        return replace(state, log=log, open=told.open, pending=pending, lasting=lasting, now_us=now_us)

    def _with(self, effects: Effects) -> "State":
        catalog, sums = effects.catalog or self.catalog, self.sums
        for name, (relative, total) in effects.sums.items():
            sums = sums.set(name, plus(sums.get(name, EMPTY), total) if relative else SetSum(total))
        if effects.catalog is not None:
            for name in {*sums.keys()} - {table.name for table in catalog.tables}:
                sums = sums.delete(name)
        return replace(
            self,
            catalog=catalog,
            schema_digest=self.schema_digest if catalog is self.catalog else catalog_digest(catalog),
            sums=sums,
            sequences=self.sequences if effects.sequences is None else effects.sequences,
            delta=fold(self.delta, effect_nets(effects, self.catalog)),
            bulk=self.bulk | effects.bulk,
        )


def content_digest(schema_digest: bytes, sums: Mapping[Name, SetSum]) -> bytes:
    """32 bytes over schema and rows."""
    rows = [[*name, seal(total).hex()] for name, total in sorted(sums.items())]
    return value_hash(["duckdb", schema_digest.hex(), rows])


def marks_digest(sequences: Mapping[str, int | None], pending: bytes, lasting: bytes) -> bytes:
    """32 bytes over the positions of sequences and what the agent's session holds."""
    return value_hash([sorted(sequences.items()), pending.hex(), lasting.hex()])
