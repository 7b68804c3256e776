"""What follows from an operation: demands that must be met before it, steps that are taken after it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from worlds.agenda import Wish
from worlds.parts.api.consequences import Effect, Refusal, Step
from worlds.parts.api.engine.creating import new_resource
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.naming import stamped
from worlds.parts.api.engine.refused import Issue, Refused
from worlds.parts.api.engine.work import Work
from worlds.parts.api.expressions.nodes import Gathered, wanted_values
from worlds.parts.api.expressions.operators import is_number
from worlds.parts.api.expressions.parser import parse
from worlds.parts.api.expressions.scope import Found, Scope
from worlds.parts.api.expressions.written import holds, reckon
from worlds.parts.api.places import value_at, with_value
from worlds.parts.api.spans import parse_span
from worlds.records import Record


def demand(work: Work, effects: Iterable[Effect], scope: Scope) -> None:
    """Raise Refused for the first demand that is not met."""
    for effect in effects:
        if effect.demand and holds(effect.when, scope):
            for each in effect.demand:
                if not holds(each.that, scope):
                    raise _refused(each, scope)


def _refused(demand: Refusal, scope: Scope) -> Refused:
    message = str(reckon(demand.message, scope))
    issues = (Issue(demand.field, demand.code, message),) if demand.field else ()
    return Refused("demanded", message, status=demand.status, code=demand.code, type=demand.type, issues=issues)


def carry_out(
    work: Work, effects: Iterable[Effect], kind: Kind, key: str, record: Record, old: Record | None
) -> Record:
    """Take all steps; the resource as it is afterwards. What they change has no further effects."""
    gone = old is not None and record is old
    for effect in effects:
        if effect.do and holds(effect.when, work.scope(kind, record, old)):
            last: Found | None = None
            for step in effect.do:
                more = {"last": last} if last else {}
                scope = work.scope(kind, record, old, **more)
                if holds(step.when, scope):
                    last = _take(work, step, kind, key, scope) or last
                    record = record if gone else (work.store.records.get(kind.name, key) or record)
    return record


def _take(work: Work, step: Step, kind: Kind, key: str, scope: Scope) -> Found | None:
    """One step; what it created."""
    if step.send is not None:
        _send(work, step, kind, key, scope)
    elif step.create is not None:
        target = work.service.kinds[step.create]
        record = new_resource(work, target, reckon(step.values, scope))
        work.store.put(target.name, target.key_of(record), record)
        return Found(record, target.name)
    elif step.change is not None:
        for name, each in list(_meant(work, step.change, kind, scope)):
            _alter(work, step, work.service.kinds[name], each, scope)
    elif step.remove is not None:
        for name, each in list(_meant(work, step.remove, kind, scope)):
            work.store.remove(name, each)
    elif work.store.get(kind.name, key) is not None:
        _alter(work, step, kind, key, scope)
    return None


def _send(work: Work, step: Step, kind: Kind, key: str, scope: Scope) -> None:
    due_ns = work.now_ns + parse_span(step.after)
    arguments = reckon(step.values, scope)
    if step.send == "this":
        arguments = {"table": kind.name, "key": key, **arguments}
    work.wish(Wish(due_ns, "" if step.send == "this" else str(step.send), step.do, arguments))


def _meant(work: Work, text: str, kind: Kind, scope: Scope) -> Iterator[tuple[str, str]]:
    """Collection and key of each resource that a step is about: a field that names one, or those of a collection."""
    gathered = targets(text)
    if gathered is None:
        found = work.store.follow(kind.name, text, value_at(scope.here.value, text))
        if found.collection and found.value is not None:
            yield found.collection, work.service.kinds[found.collection].key_of(found.value)
        return
    for key in work.store.keys_where(gathered.collection, wanted_values(gathered.where, scope)):
        record = work.store.get(gathered.collection, key)
        inside = scope.within(record or {}, gathered.collection)
        if gathered.where is None or gathered.where.find(inside).value:
            yield gathered.collection, key


def targets(text: str) -> Gathered | None:
    """`items where order = this.id` read as what it gathers; None for the plain name of a field."""
    if " " not in text.strip():
        return None
    node = parse(f"count({text})")
    return node if isinstance(node, Gathered) else None


def _alter(work: Work, step: Step, kind: Kind, key: str, scope: Scope) -> None:
    old = work.store.get(kind.name, key)
    if old is None:
        return
    inside = Scope(scope.around, scope.here, scope.this, {**scope.named, "it": Found(old, kind.name)})
    new: Record = dict(old)
    for place, value in step.set.items():
        new = with_value(new, place, reckon(value, inside))
    for place, value in step.add.items():
        new = with_value(new, place, _sum(value_at(new, place), reckon(value, inside)))
    for place, value in step.append.items():
        new = with_value(new, place, [*(value_at(new, place) or ()), reckon(value, inside)])
    if new != old:
        work.store.put(kind.name, key, stamped(kind, new, work.now_ns, ("update",)))


def _sum(old: Any, more: Any) -> Any:
    base = old if is_number(old) else 0
    return base + more if is_number(more) else old


def effects_of(effects: Mapping[str, tuple[Effect, ...]], names: Iterable[str]) -> list[Effect]:
    """The effects of an operation by any of its names, in the order of those names."""
    return [effect for name in names for effect in effects.get(name, ())]
