"""A world as views of DuckDB: `<server>.<table>`, `<server>.files`, and all of it again below `before`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from worlds.query.errors import QueryFailed, QueryLimit, SchemaGone
from worlds.query.ground import Ground, Target
from worlds.query.look import Look
from worlds.query.messages import Batch, Job, Reply
from worlds.query.process import WORKERS, Worker
from worlds.query.spelling import READ_ONLY, Reference, references, spelled
from worlds.relation import Relation
from worlds.world import World

Parameters = Sequence[Any] | Mapping[str, Any]
WORLD: Final = "_world"
"""What the present state's views are called as a whole."""
ROWS_MAX: Final = 10_000
WAIT_S: Final = 10.0
_SCHEMA_ERRORS: Final = ("Binder", "Catalog")
_SPELLED: Final[dict[str, Sequence[Reference]]] = {}
_SPELLED_MAX: Final = 1_000
"""Checks ask the same again and again: what they name is read once."""
_LIMITS: Final = ("Out of Memory", "Too Large", "Interrupt")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query answered: column names, their DuckDB types, and rows of Python values."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    cut: bool = False
    """Whether there were more rows than asked for."""


class Views:
    """A read-only look at a world and at an earlier state of it; usable from any thread, holds no worker."""

    def __init__(self, world: World, before: World | None = None) -> None:
        self._now = Look(world)
        self._before = Look(before) if before is not None else self._now

    def query(
        self, sql: str, parameters: Parameters = (), *, rows_max: int = ROWS_MAX, wait_s: float = WAIT_S
    ) -> Answer:
        """Answer one SELECT in DuckDB's dialect; `?`, `$1` and `$name` take parameters.

        Blocks (milliseconds as a rule; call it in a thread where others wait). A value that does not fit its column's
        type reads as NULL, and `<column>__raw` gives its text. `now()` is the world's time. Only tables that the query
        names are looked at. Raises SchemaGone, QueryLimit, and QueryFailed for everything else.
        """
        wanted = (sql, parameters if isinstance(parameters, Mapping) else list(parameters))
        with WORKERS.lease() as worker:
            references = read_references(worker, sql, wait_s)
            targets = [self._target(reference) for reference in references]
            reply = self._asked(worker, targets, Job((), wanted, rows_max), wait_s)
            if reply.error and reply.error[0] in _SCHEMA_ERRORS and self._fitted_before(worker, references, wanted):
                raise SchemaGone(reply.error[1], kind=reply.error[0])
        return _answer(reply)

    def query_all(
        self, queries: Sequence[tuple[str, Parameters]], *, rows_max: int = ROWS_MAX, wait_s: float = WAIT_S
    ) -> list[Answer | QueryFailed]:
        """The answers to several queries, each with its parameters, for one message to a worker.

        What fails is asked again alone, so that none has to suffer for another.
        """
        words = "\n".join(sql for sql, _ in queries)
        if len(queries) > 1 and "__raw" not in words.lower():  # who asks for raw texts sees more columns in `*`, too
            try:
                replies = self._asked_together(queries, words, rows_max, wait_s)
            except QueryFailed:
                replies = []
            if len(replies) == len(queries):
                return [
                    self._alone(query, rows_max, wait_s) if reply.error else _answer(reply)
                    for query, reply in zip(queries, replies, strict=True)
                ]
        return [self._alone(query, rows_max, wait_s) for query in queries]

    def _alone(self, query: tuple[str, Parameters], rows_max: int, wait_s: float) -> Answer | QueryFailed:
        try:
            return self.query(*query, rows_max=rows_max, wait_s=wait_s)
        except QueryFailed as error:
            return error

    def _asked_together(
        self, queries: Sequence[tuple[str, Parameters]], words: str, rows_max: int, wait_s: float
    ) -> list[Reply]:
        """One reply for each query, or fewer where the ground for them could not be prepared. Raises QueryFailed."""
        with WORKERS.lease() as worker:
            named = dict.fromkeys(name for sql, _ in queries for name in read_references(worker, sql, wait_s))
            ground = Ground(worker)
            ground.set_clock(self._now.world.clock.now_ns, words)
            for reference in named:
                ground.lay(self._target(reference), words)
            wanted = tuple((sql, each if isinstance(each, Mapping) else list(each)) for sql, each in queries)
            replies = worker.ask_all(Batch(tuple(ground.statements), wanted, rows_max), wait_s)
            ground.settle(replies[0].done)
        return replies

    def check(self, sql: str, parameters: Parameters = (), *, wait_s: float = WAIT_S) -> None:
        """Raises QueryFailed for what is not one SELECT or does not fit the tables; nothing is computed."""
        given = parameters if isinstance(parameters, Mapping) else list(parameters)
        with WORKERS.lease() as worker:
            targets = [self._target(reference) for reference in read_references(worker, sql, wait_s)]
            _answer(self._asked(worker, targets, Job((), (f"explain {sql}", given), 1), wait_s))

    def relations(self) -> dict[str, list[Relation]]:
        """What can be queried: server name to its tables, as they are now."""
        return {server: list(self._now.relations(server).values()) for server in self._now.world.parts}

    def _target(self, reference: Reference) -> Target:
        """Where a reference leads. Raises SchemaGone or QueryFailed when it leads nowhere."""
        looks = {"": self._now, WORLD: self._now, "before": self._before}
        look = looks.get(reference.catalog)
        found = look.find(reference.schema, reference.table) if look else None
        if look and found:
            older = self._before if look is self._now is not self._before else None
            return Target(reference.catalog or WORLD, reference.schema, found, look, older)
        if look is self._now and self._before.find(reference.schema, reference.table):
            raise SchemaGone(f"{reference} is no longer there", kind="Catalog")
        known = [f"{server}.{spelled(table.name)}" for server, tables in self.relations().items() for table in tables]
        raise QueryFailed(f"there is no table {reference}", kind="Catalog", hint=f"known: {', '.join(known) or 'none'}")

    def _asked(self, worker: Worker, targets: Sequence[Target], job: Job, wait_s: float) -> Reply:
        ground = Ground(worker)
        ground.set_clock(self._now.world.clock.now_ns, job.query[0])
        for target in targets:
            ground.lay(target, job.query[0])
        reply = worker.ask(replace(job, setup=tuple(ground.statements)), wait_s)
        ground.settle(reply.done)
        return reply

    def _fitted_before(self, worker: Worker, references: Sequence[Reference], wanted: tuple[str, Any]) -> bool:
        """Whether the query makes sense in the earlier state: then it is the world that has changed its shape."""
        if self._before is self._now:
            return False
        targets = []
        for reference in references:
            found = self._before.find(reference.schema, reference.table)
            if found is None:
                return False
            targets.append(Target(reference.catalog or WORLD, reference.schema, found, self._before))
        job = Job((), (f"explain {wanted[0]}", wanted[1]), 1)
        return self._asked(worker, targets, job, WAIT_S).error is None


def servers_named(sql: str) -> set[str]:
    """The servers whose tables a query names, in lower case. Raises QueryFailed for what is not one SELECT."""
    with WORKERS.lease() as worker:
        return {reference.schema for reference in read_references(worker, sql, WAIT_S) if reference.schema}


def read_references(worker: Worker, sql: str, wait_s: float) -> Sequence[Reference]:
    """The tables that a query names. Raises QueryFailed when it is not one SELECT."""
    if sql in _SPELLED:
        return _SPELLED[sql]
    reply = worker.ask(Job((), ("select json_serialize_sql(?)", [sql]), 1), wait_s)
    if reply.error:
        raise QueryFailed(reply.error[1], kind=reply.error[0], hint=READ_ONLY)
    named = references(str(reply.rows[0][0]))
    if len(_SPELLED) >= _SPELLED_MAX:
        _SPELLED.clear()
    _SPELLED[sql] = named
    return named


def _answer(reply: Reply) -> Answer:
    if reply.error is None:
        return Answer(reply.columns, reply.types, list(reply.rows), reply.cut)
    kind, words = reply.error
    raise (QueryLimit if kind in _LIMITS else QueryFailed)(words, kind=kind)


def views(world: World, before: World | None = None) -> Views:
    """Look at a world, and at an earlier state of it as `before.<server>.<table>` (default: the world itself).

    Both should be forks that nobody changes meanwhile.
    """
    return Views(world, before)
