"""What is always true of a service: checked for what a call touched, or for everything when a check asks."""

from collections.abc import Iterable, Iterator
from typing import Any

from worlds.parts.api.consequences import Invariant
from worlds.parts.api.engine.changing import call_of, guarded
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.work import Work
from worlds.parts.api.expressions.nodes import Name, Node, Step
from worlds.parts.api.expressions.parser import parse
from worlds.parts.api.expressions.written import collections_in, holds
from worlds.parts.api.places import value_at


def broken_by(work: Work) -> list[str]:
    """The invariants that do not hold after what was touched; costs what was touched."""
    if not work.store.before:
        return []
    declared = work.service.rules.invariants.items()
    return [name for name, rule in declared if not _holds(work, rule, _affected(work, rule))] + _broken_code(work)


def broken_at_all(work: Work) -> list[str]:
    """The invariants that do not hold; costs the whole of the collections they are about."""
    everything = [
        (name, None if rule.each is None else work.store.records.keys(rule.each), rule)
        for name, rule in work.service.rules.invariants.items()
    ]
    return [name for name, keys, rule in everything if not _holds(work, rule, keys)] + _broken_code(work)


def _broken_code(work: Work) -> list[str]:
    hooks = work.service.code.always.items()
    return [name for name, hook in hooks if guarded(hook, call_of(work, name, None, None, None)) is False]


def _holds(work: Work, rule: Invariant, keys: Iterable[str] | None) -> bool:
    if rule.each is None:
        kind = next(iter(work.service.kinds.values()))
        return keys is not None or holds(rule.that, work.scope(kind, None))
    return all(_holds_for(work, rule, work.service.kinds[rule.each], key) for key in keys or ())


def _holds_for(work: Work, rule: Invariant, kind: Kind, key: str) -> bool:
    record = work.store.get(kind.name, key)
    if record is None:
        return True
    scope = work.scope(kind, record)
    return (rule.when is not None and not holds(rule.when, scope)) or holds(rule.that, scope)


def _affected(work: Work, rule: Invariant) -> Iterable[str] | None:
    """The keys to look at; for an invariant of the whole, None where it has to be looked at."""
    nodes = [parse(text) for text in (rule.that, rule.when) if text]
    mentioned = {name for node in nodes for name in collections_in(node)}
    touched = work.store.before
    if rule.each is None:
        return None if not mentioned or any(table in mentioned for table, _ in touched) else ()
    kind = work.service.kinds[rule.each]
    followed = {name for node in nodes for name in followed_in(node)}
    found = {key for table, key in touched if table == kind.name}
    for table, key in touched:
        for record in (touched[table, key], work.store.records.get(table, key)):
            if record is not None and table in work.service.kinds:
                found |= set(_named_by(work, work.service.kinds[table], record, kind))
                found |= set(_naming(work, work.service.kinds[table], record, kind, followed))
    return sorted(found)


def _named_by(work: Work, owner: Kind, record: Any, kind: Kind) -> Iterator[str]:
    """Resources of a collection that a touched one names."""
    links = [(place, each.target) for place, each in owner.relations.items() if each.to == kind.name]
    links += [(each.field, "id") for each in owner.collection.keys if each.collection == kind.name]
    for place, target in links:
        value = value_at(record, place) if "[" not in place else None
        key = work.store.named(kind.name, target, value) if isinstance(value, str | int) else None
        if key is not None:
            yield key


def _naming(work: Work, owner: Kind, record: Any, kind: Kind, followed: set[str]) -> Iterator[str]:
    """Resources of a collection that name a touched one by a field that the invariant follows."""
    for place, relation in kind.relations.items():
        if relation.to == owner.name and place in followed and owner.name != kind.name:
            target = owner.id_field if relation.target == "id" else relation.target
            yield from work.store.keys_where(kind.name, {place: value_at(record, target)})


def followed_in(node: Node) -> Iterator[str]:
    """Fields through which an expression looks into other resources."""
    if isinstance(node, Step) and isinstance(node.of, Name):
        yield node.of.name
    for each in node.below():
        yield from followed_in(each)


def names_of(service: Definition) -> list[str]:
    """Every invariant by name."""
    return [*service.rules.invariants, *service.code.always]
