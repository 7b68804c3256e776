"""The write log of a database: a persistent list of attempted statements, each version sharing what came before."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from worlds.digest import content_hash, value_hash
from worlds.parts.sql.duckdb.messages import Entry


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """A log up to and including one entry; the empty log has none. `hash` stands for all of it."""

    entry: Entry | None = None
    earlier: "Log | None" = None
    hash: bytes = b""
    length: int = 0
    fresh: bool = field(default=False)
    """Whether an entry in it needs a newly opened instance."""

    def plus(self, entry: Entry) -> "Log":
        """The log with one more entry."""
        return Log(
            entry, self, content_hash(self.hash + value_hash(asdict(entry))), self.length + 1, self.fresh or entry.fresh
        )

    def since(self, earlier: "Log") -> list[Entry] | None:
        """The entries after an earlier version, oldest first; None when that is no earlier version of this log."""
        found: list[Entry] = []
        log: Log = self
        while log.length > earlier.length:
            assert log.entry and log.earlier
            found.append(log.entry)
            log = log.earlier
        return found[::-1] if log.hash == earlier.hash else None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.since(EMPTY_LOG) or ())


EMPTY_LOG: Final = Log()


def load_entry(value: Any) -> Entry:
    """The entry that was dumped. Raises TypeError or ValueError for anything else."""
    entry = Entry(**value)
    if not isinstance(entry.sql, str) or entry.outcome not in ("ok", "error", "killed"):
        raise ValueError("not an entry of a write log")
    if not isinstance(entry.now_us, int) or not isinstance(entry.rows_max, int):
        raise ValueError("not an entry of a write log")
    return entry
