"""What tools of a person's own are given: the world, one call long.

from sandbox_server.tools import Here, Refused

def add_note(here: Here, title: str, text: str = "") -> str:
    \"\"\"Keep a note.\"\"\"
    if title in here.table("notes"):
        raise Refused(f"There is a note {title!r} already.")
    here.table("notes").put(title, {"text": text})
    return f"Kept {title}."
"""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from pydantic_core import PydanticSerializationError, to_jsonable_python

from sandbox_server.family import Site
from worlds.agenda import Wish
from worlds.chance import NOBODY
from worlds.clock import SECOND
from worlds.errors import WorldError
from worlds.part import Moment, Part
from worlds.parts.filesystem import FileTree
from worlds.parts.sql.database import Database
from worlds.records import Record, Records, RecordsPart

__all__ = ["Here", "Refused", "TableView", "reads"]

_Function = TypeVar("_Function", bound=Callable[..., Any])
READS: Final = "reads"
"""The mark that `reads` leaves on a function."""


def reads(function: _Function) -> _Function:
    """Say of a tool that it only reads: agents are told so, and faults of writes leave it alone."""
    setattr(function, READS, True)
    return function


class Refused(Exception):
    """Raise it to answer with a failure in your own words; nothing that the call did stays."""


class TableView:
    """One table of a part that keeps records."""

    def __init__(self, records: Records, name: str) -> None:
        self._records = records
        self.name = name

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._records.get(self.name, key) is not None

    def __iter__(self) -> Iterator[str]:
        """Keys in the order of creation."""
        return self._records.keys(self.name)

    def __len__(self) -> int:
        return self._records.count(self.name)

    def get(self, key: str) -> Record | None:
        """A copy of a record, or None. What is changed in it counts once it is put."""
        return deepcopy(self._records.get(self.name, key))

    def put(self, key: str, record: Record) -> None:
        """Create a record, or replace it by what JSON can hold of this one. Raises WorldError for anything else."""
        self._records.put(self.name, key, _kept(self.name, key, record))

    def remove(self, key: str) -> None:
        """Take a record away; one that is not there is no error."""
        if key in self:
            self._records.remove(self.name, key)

    def find(self, field: str, value: Any) -> list[str]:
        """The keys of the records with this value in a field."""
        return self._records.find(self.name, field, value)


def _kept(table: str, key: str, record: Record) -> dict[str, Any]:
    """A record that nobody else holds: times, amounts and members of enumerations as texts, models as mappings."""
    try:
        return dict(to_jsonable_python(record))
    except (PydanticSerializationError, ValueError, TypeError) as error:
        raise WorldError(f"{table}[{key}]: {error}", hint="a record is a mapping of what JSON can hold") from None


class Here:
    """The world as a call finds it: every server's part by its name, the time, and chance."""

    def __init__(self, site: Site, server: str) -> None:
        identity = site.identity
        chance = site.world.chance.derive("tools", identity.tool, identity.arguments.hex(), identity.attempt)
        self.moment = Moment(site.now_ns, site.actor, chance)
        self.actor = site.actor
        self._site = site
        self._server = server

    @property
    def now(self) -> datetime:
        """The world's time. There is no other: `datetime.now` would differ in every replay."""
        return datetime.fromtimestamp(self.moment.now_ns / SECOND, tz=UTC)

    def part(self, server: str) -> Part:
        """The part of a server. Raises WorldError naming those that exist."""
        parts = self._site.world.parts
        if server not in parts:
            raise WorldError(f"there is no server {server!r}", hint=f"one of: {', '.join(parts)}")
        return parts[server]

    def table(self, name: str, server: str | None = None) -> TableView:
        """A table of one's own, or of another server that keeps records (`api`, `mail`, `tools`). Raises WorldError."""
        part = self.part(server or self._server)
        if not isinstance(part, RecordsPart):
            raise WorldError(f"{server} keeps no records", hint="use sql or read for databases and files")
        if name not in part.records.tables:
            raise WorldError(f"there is no table {name!r}", hint=f"one of: {', '.join(part.records.tables) or 'none'}")
        return TableView(part.records, name)

    def sql(self, server: str, statement: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows that a query on a database answers, by column. Raises WorldError."""
        part = self.part(server)
        if not isinstance(part, Database):
            raise WorldError(f"{server} is no database")
        result = part.query(statement, list(parameters))
        return [dict(zip(result.columns, row, strict=True)) for row in result.rows]

    def execute(self, server: str, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Change a database by one statement. Raises WorldError."""
        self.do(server, "execute", sql=statement, parameters=list(parameters))

    def read(self, server: str, path: str) -> str:
        """The text of a file. Raises WorldError."""
        part = self.part(server)
        if not isinstance(part, FileTree):
            raise WorldError(f"{server} keeps no files")
        return part.read(path).decode()

    def write(self, server: str, path: str, text: str) -> None:
        """Write a file, and the folders on the way. Raises WorldError."""
        self.do(server, "write", path=path, text=text)

    def do(self, server: str, operation: str, **arguments: Any) -> Any:
        """Any operation that events of scenarios can do, too: `deliver` mail, `create` a record. Raises WorldError."""
        part = self.part(server)
        moment = Moment(self.moment.now_ns, self.actor, self.moment.chance)
        done = part.perform(operation, arguments, moment)
        self._site.world.schedule(moment.later, server)
        return done

    def later(self, seconds: float, operation: str, *, server: str = "", **arguments: Any) -> None:
        """Have an operation done so many seconds from now, by the world itself."""
        due_ns = self.moment.now_ns + int(seconds * SECOND)
        self.moment.later.append(Wish(due_ns, server, operation, arguments, "server"))

    def chance(self, name: str = "") -> float:
        """A number from 0 up to 1; equal calls in equal episodes draw equal ones. Name every draw of a call."""
        return self.moment.chance.unit("tools", NOBODY, name)

    def new_id(self, prefix: str = "", digits: int = 12, name: str = "id") -> str:
        """An id that no other call draws."""
        return prefix + self.moment.chance.hex(digits, "tools", NOBODY, name)
