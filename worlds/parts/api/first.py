"""What a service holds at first: resources from a file or the settings, and generated ones."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from worlds.errors import WorldError
from worlds.part import Ground, Moment
from worlds.parts.api.engine.creating import new_resource
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.judging import listed
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.naming import numbers_in
from worlds.parts.api.engine.store import COUNTERS, ORIGIN, Store
from worlds.parts.api.engine.work import Work
from worlds.parts.api.expressions.written import reckon
from worlds.parts.api.inference import Collection
from worlds.parts.api.places import value_at, with_value
from worlds.parts.api.seeding import seeded, usual_counts
from worlds.parts.api.settings import ApiSettings
from worlds.records import Record, Records
from worlds.yamlfile import read_yaml

Rows = dict[str, list[tuple[str, Record]]]


def first_rows(
    definition: Definition, written: ApiSettings, settings: ApiSettings, ground: Ground, folder: Path
) -> Rows:
    """By table: keys and resources in the order of their creation. Raises WorldError."""
    data = read_data(settings.data, folder)
    for name in (*data, *settings.generate):
        if name not in definition.kinds:
            known = ", ".join(definition.kinds)
            raise WorldError(f"data: there is no collection {name!r}", hint=f"known: {known}")
    scratch = Records(definition.tables)
    moment = Moment(ground.now_ns, "server", ground.chance.derive("data"))
    work = Work(definition, Store(definition.kinds, scratch, moment))
    rows: Rows = {}
    for name, kind in definition.kinds.items():
        rows[name] = list(_resources(work, kind, data.get(name, ())))
    _generate(work, settings, ground, rows)
    for name, kind in definition.kinds.items():
        _count(work, kind, rows[name])
    rows[COUNTERS] = [(ORIGIN, {"seed": ground.chance.derive("answers").seed, "now_ns": ground.now_ns})]
    rows[COUNTERS] += [(key, scratch.get(COUNTERS, key) or {}) for key in scratch.keys(COUNTERS)]
    return rows


def read_data(data: str | Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """By collection: resources as they are given, in a file or in place. Raises WorldError."""
    if not isinstance(data, str):
        return data
    path = folder / data
    try:
        found = orjson.loads(path.read_bytes()) if path.suffix == ".json" else read_yaml(path).data
    except OSError as error:
        raise WorldError(f"data: cannot read {path}: {error}", hint="name a file beside the world") from None
    except orjson.JSONDecodeError:
        found = read_yaml(path).data
    if not isinstance(found, Mapping) or not all(isinstance(each, list) for each in found.values()):
        raise WorldError(f"data: {path}: a mapping of collections to lists of resources is expected")
    return found


def _resources(work: Work, kind: Kind, given: Any) -> Iterator[tuple[str, Record]]:
    """Resources as they are given, with what the service would add. Those with ids of their own come to be first."""
    seen: set[str] = set()
    for number, each in enumerate(given, start=1):
        if not isinstance(each, Mapping):
            raise WorldError(f"data: {kind.name}, resource {number}: a mapping is expected")
        record = new_resource(work, kind, each)
        key = kind.key_of(record)
        while key in seen and each.get(kind.id_field) is None:
            record = new_resource(work, kind, each)
            key = kind.key_of(record)
        if key in seen:
            raise WorldError(f"data: {kind.name}: two resources are called {key!r}")
        seen.add(key)
        yield key, record


def _count(work: Work, kind: Kind, rows: list[tuple[str, Record]]) -> None:
    highest: dict[str, int] = {}
    for _, record in rows:
        used = numbers_in(kind, record)
        if used:
            highest[used[0]] = max(highest.get(used[0], 0), used[1])
    for name, number in highest.items():
        work.store.count_past(name, number)


def _generate(work: Work, settings: ApiSettings, ground: Ground, rows: Rows) -> None:
    """Add believable resources: as many as is said; a few of each where nothing at all is said."""
    definition = work.service
    counts = dict(settings.generate)
    collections = [_as_ruled(kind) for kind in definition.kinds.values()]
    said_nothing = not counts and not settings.data
    for name, count in usual_counts(collections).items():
        if said_nothing or (definition.kinds[name].collection.single and not definition.kinds[name].collection.parent):
            counts.setdefault(name, 0 if rows[name] else count)
    given = {name: [record for _, record in found] for name, found in rows.items()}
    chance = ground.chance.derive("generate")
    make = partial(seeded, definition.document, collections, chance=chance, now_ns=ground.now_ns, given=given)
    made = _as_many_as_can_be(make, counts, settings.generate)
    tenants = sorted({key.tenant for key in definition.keys.values() if key.tenant})
    for name, records in made.items():
        kind = definition.kinds[name]
        for number, record in enumerate(records):
            new = _agreeing(work, kind, _owned(kind, _in_some_state(kind, record), tenants, number))
            rows[name].append((kind.key_of(new), new))


def _as_many_as_can_be(
    make: Callable[..., dict[str, list[dict[str, Any]]]], counts: Mapping[str, int], said: Mapping[str, int]
) -> dict[str, list[dict[str, Any]]]:
    """Resources; fewer of those that nobody asked for where their ids run out."""
    for most in (12, 4, 1):
        try:
            return make({name: count if name in said else min(count, most) for name, count in counts.items()})
        except WorldError:
            if all(name in said or count <= 1 for name, count in counts.items()):
                raise
    return make(dict(said))


def _as_ruled(kind: Kind) -> Collection:
    """A collection as seeding should see it."""
    return replace(kind.collection, id=kind.style, relations=tuple(kind.relations.values()), schema=kind.schema)


def _in_some_state(kind: Kind, record: Record) -> Record:
    """A resource in a state that there is."""
    states = kind.states
    if states is None:
        return record
    known = {*states.moves, *(each for moves in states.moves.values() for each in listed(moves))}
    if value_at(record, states.field) in known:
        return record
    placed: Record = with_value(record, states.field, states.first or next(iter(states.moves), None))
    return placed


def _agreeing(work: Work, kind: Kind, record: Record) -> Record:
    """A generated resource with what the rules say of such."""
    for place, value in kind.rules.generated.items():
        record = with_value(record, place, reckon(value, work.scope(kind, record)))
    return record


def _owned(kind: Kind, record: Record, tenants: list[str], number: int) -> Record:
    if not kind.tenant or not tenants:
        return record
    owned: Record = with_value(record, kind.tenant, tenants[number % len(tenants)])
    return owned
