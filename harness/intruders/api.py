"""Read every resource, and change, remove or add some that the reference leaves alone, through tools where they can."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from harness.intruder import READS_MAX, Damage, Grounds, Try, intruders
from harness.spoiling import by_hand, damages_to, misread, record_at, spared, tables_of
from sandbox_server.families.api.server import ApiServer
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.inference import Role
from worlds.parts.api.part import ApiPart
from worlds.parts.api.places import value_at
from worlds.records import Record

_COPY: Final = "stray-copy"


@intruders.register("api")
class ApiIntruder:
    """Goes through a service's collections."""

    def reads(self, grounds: Grounds) -> Iterable[Try]:
        """One call for each list, and one for each resource."""
        return list(islice((*_lists(grounds), *_items(grounds)), READS_MAX))

    def damages(self, grounds: Grounds) -> Iterable[Damage]:
        """A resource changed, one removed, and one too many, in collections that the reference changes and others."""
        for table in tables_of(grounds):
            kind = _kinds(grounds)[table]
            kept = [*kind.read_only, *kind.hidden, *kind.relations, kind.id_field]
            by_tool = {"changed": _patches(grounds, kind, kept), "removed": _deletions(grounds, kind)}
            for damage in damages_to(grounds, table, kept):
                asked = by_tool[damage.words.rpartition(" ")[2]]
                yield Damage(damage.words, [*asked, *damage.tries])
            yield Damage(f"one too many of {grounds.server}.{table}", _copies(grounds, kind))


def _lists(grounds: Grounds) -> Iterator[Try]:
    for role in _roles(grounds):
        if role.does == "list" and not role.keys:
            yield from _try(grounds, role, {})


def _items(grounds: Grounds) -> Iterator[Try]:
    for name, kind in _kinds(grounds).items():
        role = next((each for each in kind.collection.roles if each.does == "read" and each.on == "item"), None)
        if role is not None:
            records = (record_at(grounds, name, key) for key in _part(grounds).records.keys(name))
            yield from (one for record in records for one in _try(grounds, role, record))


def _patches(grounds: Grounds, kind: Kind, kept: list[str]) -> list[Try]:
    """A wrong value in place of a right one, as tools change it."""
    role = kind.collection.role("patch") or kind.collection.role("replace")
    records = [record_at(grounds, kind.name, key) for key in spared(grounds, kind.name)] if role else []
    wrong = [(record, misread(record, kept)) for record in records]
    return [one for record, patch in wrong if role and patch for one in _try(grounds, role, record, patch)]


def _deletions(grounds: Grounds, kind: Kind) -> list[Try]:
    role = kind.collection.role("delete")
    records = [record_at(grounds, kind.name, key) for key in spared(grounds, kind.name)] if role else []
    return [one for record in records if role for one in _try(grounds, role, record)]


def _copies(grounds: Grounds, kind: Kind) -> list[Try]:
    """A resource that stands there twice."""
    keys = spared(grounds, kind.name) or list(islice(_part(grounds).records.keys(kind.name), 1))
    records = [record_at(grounds, kind.name, key) for key in keys]
    without = [{name: value for name, value in record.items() if name != kind.id_field} for record in records]
    made = [Try(grounds.server, "create", {"table": kind.name, "record": each}, by_tool=False) for each in without]
    return [*made, *(by_hand(grounds, "create", kind.name, _COPY, record=each) for each in without[:1])]


def _try(grounds: Grounds, role: Role, record: Record, body: Mapping[str, Any] | None = None) -> Iterator[Try]:
    """The call of a role's tool about one resource, where there is such a tool and its arguments are known."""
    server = grounds.shown
    assert isinstance(server, ApiServer)
    named = ((name, each) for name, each in server.tools.items() if each.route.operation.id == role.operation)
    for name, tool in named:
        places = {(place.place, place.name): argument for argument, place in tool.places.items()}
        wanted = {("path", key.parameter): value_at(record, key.field) for key in role.keys}
        wanted |= {("body", field): value for field, value in (body or {}).items()}
        if all(place in places and value is not None for place, value in wanted.items()):
            yield Try(grounds.server, name, {places[place]: value for place, value in wanted.items()})


def _roles(grounds: Grounds) -> Iterator[Role]:
    return (role for kind in _kinds(grounds).values() for role in kind.collection.roles)


def _kinds(grounds: Grounds) -> Mapping[str, Kind]:
    return _part(grounds).definition.kinds


def _part(grounds: Grounds) -> ApiPart:
    assert isinstance(grounds.part, ApiPart)
    return grounds.part
