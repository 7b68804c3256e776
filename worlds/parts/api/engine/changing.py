"""Creating, changing and deleting resources, with everything that follows from it."""

from collections.abc import Mapping
from typing import Any

from worlds.clock import show_time
from worlds.parts.api.engine.creating import new_resource
from worlds.parts.api.engine.effects import carry_out, demand, effects_of
from worlds.parts.api.engine.judging import judge, listed, with_article
from worlds.parts.api.engine.kind import DELETED, Kind
from worlds.parts.api.engine.naming import stamped, time_as
from worlds.parts.api.engine.refused import Issue, Refused
from worlds.parts.api.engine.work import Work
from worlds.parts.api.expressions.written import reckon
from worlds.parts.api.hooks import Call, Hook
from worlds.parts.api.places import value_at, with_value, without
from worlds.records import Record


def create(work: Work, kind: Kind, given: Mapping[str, Any], fixed: Mapping[str, Any]) -> Record:
    """Create a resource. Raises Refused, and then whoever called undoes what was written."""
    record = new_resource(work, kind, given, fixed)
    key = kind.key_of(record)
    judge(work, kind, record, None)
    if work.store.get(kind.name, key) is not None:
        issue = Issue(kind.id_field, "already_exists", f"{kind.title} {key} already exists")
        raise Refused("duplicate", issue.message, issues=(issue,), resource=kind.title)
    return _done(work, kind, "create", key, record, None)


def change(work: Work, kind: Kind, key: str, old: Record, new: Record) -> Record:
    """Put a changed resource in the place of what it was."""
    if kind.tenant and work.caller.tenant is not None:
        new = with_value(new, kind.tenant, value_at(old, kind.tenant))  # nobody gives a resource to somebody else
    if new != old:
        judge(work, kind, new, old)
        new = stamped(kind, new, work.now_ns, ("update",))
        new = _moved(work, kind, new, old)
    return _done(work, kind, "update", key, new, old)


def _moved(work: Work, kind: Kind, new: Record, old: Record) -> Record:
    """The record with the time of a state in the field that is called after it (`closed_at`), where there is one.

    A time that was given with the state stays.
    """
    field = kind.states.field if kind.states else kind.collection.state
    after = value_at(new, field) if field else None
    if after is None or after == value_at(old, field):
        return new
    for stamp in kind.stamps:
        named = stamp.on == "other" and stamp.field.rpartition(".")[2] in (f"{after}_at", f"{after}At")
        if named and value_at(new, stamp.field) == value_at(old, stamp.field):
            new = with_value(new, stamp.field, time_as(stamp, work.now_ns))
    return new


def _done(work: Work, kind: Kind, verb: str, key: str, record: Record, old: Record | None) -> Record:
    """Demands, the write itself, and what follows."""
    names = tuple(dict.fromkeys((*work.triggers, f"{kind.name}.{verb}")))
    effects = effects_of(work.service.effects, names)
    demand(work, effects, work.scope(kind, record, old))
    _run(work, work.service.code.earlier, names, kind, record, old)
    work.store.put(kind.name, key, record)
    record = carry_out(work, effects, kind, key, record, old)
    _run(work, work.service.code.afterwards, names, kind, record, old)
    return work.store.records.get(kind.name, key) or record


def _run(
    work: Work, hooks: Mapping[str, list[Any]], names: tuple[str, ...], kind: Kind, record: Record, old: Record | None
) -> None:
    for name in names:
        for hook in hooks.get(name, ()):
            guarded(hook, call_of(work, name, kind, record, old))


def guarded(hook: Hook, call: Call) -> Any:
    """What a function of the service's code gives. What it raises by mistake ends the call as the service's failure."""
    try:
        return hook(call)
    except Refused:
        raise
    except (Exception, SystemExit) as error:
        raise Refused("broken", notes={"code_failed": f"{hook.__name__}: {error!r}"[:500]}) from error


def call_of(work: Work, name: str, kind: Kind | None, record: Record | None, old: Record | None) -> Call:
    """What code sees of this call."""
    named = work.named
    arguments = {key: value for each in ("path", "query") if each in named for key, value in named[each].value.items()}
    body = named["body"].value if "body" in named else None
    request = named["request"].value if "request" in named else None
    return Call(work, name, request, arguments, body, kind.name if kind else "", record, old)


def delete(work: Work, kind: Kind, key: str, record: Record) -> Record:
    """Delete a resource or mark it as deleted; what belongs to it goes with it, as rules say."""
    names = tuple(dict.fromkeys((*work.triggers, f"{kind.name}.delete")))
    effects = effects_of(work.service.effects, names)
    demand(work, effects, work.scope(kind, record, record))
    _run(work, work.service.code.earlier, names, kind, record, record)
    gone = _taken_away(work, kind, key, record)
    _leave(work, kind, record)
    carry_out(work, effects, kind, key, record, record)
    _run(work, work.service.code.afterwards, names, kind, gone, record)
    return gone


def _taken_away(work: Work, kind: Kind, key: str, record: Record) -> Record:
    if not kind.delete.soft:
        work.store.remove(kind.name, key)
        return record
    for place, value in kind.delete.mark.items():
        record = with_value(record, place, reckon(value, work.scope(kind, record)))
    record = {**stamped(kind, record, work.now_ns, ("update", "delete")), DELETED: show_time(work.now_ns)}
    work.store.put(kind.name, key, record)
    return record


def _leave(work: Work, kind: Kind, record: Record) -> None:
    """See to the resources that name one that is gone, and to those that go with it."""
    gone = [(kind, record)]
    while gone:
        parent, lost = gone.pop()
        for name, place, rule in parent.children:
            if rule.on_delete != "keep" and "[" not in place:
                gone += _left_behind(work, parent, lost, work.service.kinds[name], place, rule.on_delete)


def _left_behind(
    work: Work, parent: Kind, lost: Record, child: Kind, place: str, what: str
) -> list[tuple[Kind, Record]]:
    """Refuse the loss, clear what named it, or take that away too; what was taken away."""
    relation = child.relations.get(place)
    value = value_at(lost, parent.id_field if relation is None or relation.target == "id" else relation.target)
    taken: list[tuple[Kind, Record]] = []
    for key in list(work.store.keys_where(child.name, {place: value})):
        record = work.store.get(child.name, key)
        if what == "refuse":
            message = f"The {parent.title} is still in use by {child.title} {key}"
            raise Refused("in_use", message, resource=parent.title)
        if record is not None and what == "clear":
            work.store.put(child.name, key, with_value(record, place, None))
        elif record is not None:
            _taken_away(work, child, key, record)
            taken.append((child, record))
    return taken


def transition(work: Work, kind: Kind, key: str, to: str, more: Mapping[str, Any] | None = None) -> Record:
    """Move a resource to a state. Raises Refused where it cannot go there from where it is."""
    old = work.store.get(kind.name, key)
    if old is None:
        raise Refused("missing", f"No such {kind.title}: {key}", resource=kind.title)
    states = kind.states
    field = states.field if states else kind.collection.state or "status"
    if states and value_at(old, field) == to and to not in listed(states.moves.get(to, ())):
        message = f"{with_article(kind.title)} that is {to} cannot become {to}"
        raise Refused("state", message, status=states.status, code=states.code, resource=kind.title)
    new: Record = {**old, **(more or {})}
    return change(work, kind, key, old, with_value(new, field, to))


def replaced(kind: Kind, old: Record, given: Mapping[str, Any]) -> Record:
    """What a PUT makes of a resource: only what callers cannot set survives."""
    new: Record = dict(given)
    kept = {*kind.read_only, *kind.hidden, kind.id_field, kind.tenant}
    kept |= {each.field for each in kind.collection.keys}
    for place in kept - {""}:
        if "[" in place:
            continue
        value = value_at(old, place)
        given_secret = place in kind.hidden and place in given
        if not given_secret:
            new = with_value(new, place, value) if value is not None else without(new, place)
    for name in old:
        if name not in new and name in kind.required and name in kind.properties and name not in given:
            new = {**new, name: old[name]}
    return new
