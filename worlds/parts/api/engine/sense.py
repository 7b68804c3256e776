"""Whether what the rules say is about something that the service has."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from worlds.parts.api.consequences import Effect, Step
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.effects import targets
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.misplaced import Misplaced
from worlds.parts.api.expressions.nodes import Node
from worlds.parts.api.expressions.parser import parse
from worlds.parts.api.expressions.written import collections_in, expressions_in

Place = tuple[str | int, ...]


def judge_rules(service: Definition) -> None:
    """Raise Misplaced for the first name that nothing answers to."""
    for name, kind in service.kinds.items():
        _judge_collection(service, kind, ("collections", name))
    listened = set(_listened(service))
    for number, effect in enumerate(service.rules.effects):
        _judge_effect(service, effect, listened, ("effects", number))
    for name, rule in service.rules.invariants.items():
        place = ("invariants", name)
        if rule.each is not None:
            _need(rule.each, service.kinds, (*place, "each"), "collection")
        _judge_text(service, rule.that, (*place, "that"))
        _judge_text(service, rule.when, (*place, "when"))
    _judge_operations(service)


def _judge_collection(service: Definition, kind: Kind, place: Place) -> None:
    for field, relation in kind.rules.relations.items():
        if relation is not None:
            _need(relation.to, service.kinds, (*place, "relations", field, "to"), "collection")
    if kind.rules.parent:
        _need(kind.rules.parent, service.kinds, (*place, "parent"), "collection")
    for field, value in kind.rules.defaults.items():
        _judge_value(service, value, (*place, "defaults", field))
    states = kind.rules.states
    for name in states.actions if states else ():
        _need(name, _operations(service), (*place, "states", "actions", name), "operation")


def _operations(service: Definition) -> list[str]:
    return [each.id for each in service.document.operations]


def _judge_operations(service: Definition) -> None:
    rules = service.rules
    for number, name in enumerate(rules.auth.open):
        _need(name, _operations(service), ("auth", "open", number), "operation")
    for number, name in enumerate(rules.limits.only if rules.limits else ()):
        _need(name, _operations(service), ("limits", "only", number), "operation")
    named = {name for each in service.document.operations for name in service.names_of(each)}
    for name in rules.auth.scopes:
        _need(name, named, ("auth", "scopes", name), "operation or collection and verb")
    for number, name in enumerate(rules.tenants.collections if rules.tenants else ()):
        _need(name, service.kinds, ("tenants", "collections", number), "collection")


def _listened(service: Definition) -> Iterator[str]:
    """What effects may follow from: everything that changes a resource."""
    for name in service.kinds:
        yield from (f"{name}.{verb}" for verb in ("create", "update", "delete"))
    for name, (_, role) in service.roles.items():
        if role.does not in ("list", "read"):
            yield name


def _judge_effect(service: Definition, effect: Effect, listened: Iterable[str], place: Place) -> None:
    for name in (effect.on,) if isinstance(effect.on, str) else effect.on:
        _need(name, listened, (*place, "on"), "change of a resource")
    _judge_text(service, effect.when, (*place, "when"))
    for number, demand in enumerate(effect.demand):
        _judge_text(service, demand.that, (*place, "demand", number, "that"))
        _judge_value(service, demand.message, (*place, "demand", number, "message"))
    for number, step in enumerate(effect.do):
        _judge_step(service, effect, step, (*place, "do", number))


def _judge_step(service: Definition, effect: Effect, step: Step, place: Place) -> None:
    _judge_text(service, step.when, (*place, "when"))
    if step.create is not None:
        _need(step.create, service.kinds, (*place, "create"), "collection")
    for key, text in (("change", step.change), ("remove", step.remove)):
        if text is not None:
            _judge_target(service, effect, text, (*place, key))
    for key, values in (("set", step.set), ("add", step.add), ("append", step.append), ("with", step.values)):
        for field, value in values.items():
            _judge_value(service, value, (*place, key, field))


def _judge_target(service: Definition, effect: Effect, text: str, place: Place) -> None:
    try:
        gathered = targets(text)
    except ValueError as error:
        raise Misplaced(place, str(error)) from None
    if gathered is not None:
        _need(gathered.collection, service.kinds, place, "collection")
        return
    names = (effect.on,) if isinstance(effect.on, str) else effect.on
    for name in names:
        kind = service.roles[name][0] if name in service.roles else service.kinds[name.partition(".")[0]]
        fields = [*kind.relations, *(key.field for key in kind.collection.keys if key.collection)]
        _need(text, fields, place, f"field of {kind.name} that names another resource")


def _judge_text(service: Definition, text: str | None, place: Place) -> None:
    if text is not None:
        _judge_node(service, parse(text), place)


def _judge_value(service: Definition, value: Any, place: Place) -> None:
    for node in expressions_in(value):
        _judge_node(service, node, place)


def _judge_node(service: Definition, node: Node, place: Place) -> None:
    fields = {name for kind in service.kinds.values() for name in kind.properties}
    for name in collections_in(node):
        if name not in fields:
            _need(name, service.kinds, place, "collection")


def _need(name: str, known: Iterable[str] | Mapping[str, Any], place: Place, what: str) -> None:
    names = sorted(known)
    if name not in names:
        meant = get_close_matches(name, names, 1)
        listed = ", ".join(names[:40]) or "none"
        hint = f"did you mean {meant[0]}? known: {listed}" if meant else f"known: {listed}"
        raise Misplaced(place, f"there is no {what} {name!r}", hint=hint)
