"""What a database and its worker processes say to each other, and how it is framed.

Messages are pickled, and read back by a reader that knows these classes and a handful of value types and nothing
else: a worker runs hostile statements, so what comes from it is not trusted to name code.
"""

import io
import pickle
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Outcome = Literal["ok", "error", "killed"]
"""How a statement ended: well, with the engine's error, or with the end of its worker."""

Name = tuple[str, str]
"""(schema, name) of a table or another catalogue entry, as declared."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One attempted statement (or several in one text), with all that its outcome depends on."""

    sql: str
    parameters: Any = None
    now_us: int = 0
    """What `now()` answers, in microseconds since the Unix epoch."""
    seed: float = 0.0
    """What `random()` and its kin start from, in [0, 1)."""
    rows_max: int = 0
    """Rows fetched of the last answer, 0 for all: a streamed answer runs only as far as it is fetched."""
    fresh: bool = False
    """Whether it could see object ids and the like, which only a newly opened instance gives equally every time."""
    free: bool = False
    """Whether it is the owner's, so that nothing is refused."""
    outcome: Outcome = "ok"


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One column, as the catalogue has it."""

    name: str
    type: str
    nullable: bool
    default: str | None
    """The SQL text of its default, or of what it is generated from."""
    generated: bool
    comment: str | None


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table, as the catalogue has it."""

    name: Name
    sql: str
    comment: str | None
    columns: tuple[ColumnFacts, ...]
    primary_key: tuple[str, ...]
    uniques: tuple[tuple[str, ...], ...]
    checks: tuple[tuple[tuple[str, ...], str], ...]
    """(columns that it names, its SQL text) of each CHECK."""
    references: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]
    """(columns, table, its columns) of each foreign key."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """The schema: tables, and every other object as a text."""

    tables: tuple[TableFacts, ...] = ()
    objects: tuple[tuple[str, str, str], ...] = ()
    """(kind, name, text), sorted."""
    volatile: bool = False
    """Whether stored objects ask for time or chance."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The state to be in: a base, and the entries that lie between where the worker is and there."""

    base: str
    path: str
    """The base's file, never written to."""
    alias: str
    """The database's name in statements."""
    restart: bool
    """Whether the entries start from the base."""
    renew: bool
    """Whether the instance must be a newly opened one."""
    entries: tuple[Entry, ...] = ()
    catalog: Catalog = Catalog()
    """The base's schema, where the entries start from it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Answer an agent's statement and say what it changed."""

    reach: Reach
    entry: Entry
    cells_max: int = 1 << 40
    """The rows shipped hold about as many characters at most; what comes after is only counted."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Do statements again, and say of each what it changed."""

    reach: Reach
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """Answer an owner's query."""

    reach: Reach
    sql: str
    parameters: Any = None
    now_us: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """Hash everything anew."""

    reach: Reach


@dataclass(frozen=True, slots=True)
class Compare:
    """Rows of some tables that differ between two states."""

    older: Reach
    newer: Reach
    tables: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Make:
    """Lay down a base file from its recipe."""

    recipe: str
    target: str
    counted: bool = True
    """Whether its rows are hashed."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that a statement touched. `key` is its primary key's text, or `#` and a hash where there is none."""

    table: Name
    key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Effects:
    """What one statement changed."""

    sums: Mapping[Name, tuple[bool, int]] = field(default_factory=dict)
    """By touched table: whether the sum is to be added to the old one (or stands for itself), and the sum."""
    rows: tuple[RowChange, ...] = ()
    bulk: frozenset[Name] = frozenset()
    """Tables with too many changed rows to list."""
    catalog: Catalog | None = None
    """The new schema, where it changed."""
    sequences: Mapping[str, int | None] | None = None
    """Last values of sequences, where one moved."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a statement answered, as far as it is shipped."""

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    affected: int = -1
    more: int = 0
    """Rows that were fetched but are not shipped, because they hold too many characters."""
    empty: bool = False
    """Whether there was no statement at all."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What the engine refused, in its own words; `kind` is its class of the failure."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to a statement, and what it left behind."""

    answer: Table | Failure
    effects: tuple[Effects, ...] = ()
    logged: bool = False
    """Whether the state may depend on it, so that it has to be done again to get there."""
    lasting: bool = False
    """Whether it left something in the session: a transaction, a temporary object, a variable."""
    open: bool = False
    """Whether a transaction is open now."""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything, hashed anew."""

    catalog: Catalog
    sums: Mapping[Name, int]
    sequences: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Broken:
    """A worker's own failure: the state asked for could not be reached."""

    message: str


READY: Final = "ready"
"""Sent once the wanted state is reached and the work proper begins."""

_CLASSES: Final[dict[tuple[str, str], Any]] = {
    (cls.__module__, cls.__name__): cls
    for cls in (
        Entry, Reach, Run, Repeat, Read, Whole, Compare, Make, ColumnFacts, TableFacts,
        Catalog, RowChange, Effects, Table, Failure, Told, Content, Broken,
    )
}  # fmt: skip
_VALUES: Final = {
    ("datetime", "date"), ("datetime", "datetime"), ("datetime", "time"), ("datetime", "timedelta"),
    ("datetime", "timezone"), ("decimal", "Decimal"), ("uuid", "UUID"), ("builtins", "frozenset"),
}  # fmt: skip


class _Reader(pickle.Unpickler):
    """Reads messages and plain values, and refuses to name anything else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _CLASSES:
            return _CLASSES[module, name]
        if (module, name) in _VALUES:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"a message names {module}.{name}")


def send(channel: socket.socket, message: Any) -> None:
    """Write one message. Raises OSError when nobody listens any more."""
    data = pickle.dumps(message, protocol=5)
    channel.sendall(len(data).to_bytes(8, "little") + data)


def receive(channel: socket.socket) -> Any:
    """Read one message. Raises EOFError when the other side is gone, TimeoutError when the socket's time is up."""
    size = int.from_bytes(_exactly(channel, 8), "little")
    return _Reader(io.BytesIO(_exactly(channel, size))).load()


def _exactly(channel: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        count = channel.recv_into(view[got:], size - got)
        if not count:
            raise EOFError
        got += count
    return data
