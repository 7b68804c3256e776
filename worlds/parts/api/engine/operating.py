"""What each sort of operation does to a collection, and what it answers."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from worlds.parts.api.engine.changing import change, create, delete, replaced, transition
from worlds.parts.api.engine.creating import completed, with_document_defaults
from worlds.parts.api.engine.etags import forbid_existing, need_match
from worlds.parts.api.engine.filling import properties_of, types_of
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.listing import answer_list, keys_meant
from worlds.parts.api.engine.named import told_beside
from worlds.parts.api.engine.naming import time_as
from worlds.parts.api.engine.otherwise import believable
from worlds.parts.api.engine.patching import patched
from worlds.parts.api.engine.refused import Refused
from worlds.parts.api.engine.tenses import is_past_of
from worlds.parts.api.engine.turn import (
    GOOD,
    Outcome,
    Turn,
    enveloped,
    is_absent,
    likeness,
    schema_of,
    shown,
    success_status,
)
from worlds.parts.api.engine.values import issue_of
from worlds.parts.api.inference import Listing, Role
from worlds.parts.api.places import value_at, with_value, without
from worlds.records import Record

Handler = Callable[[Turn, Kind, Role], Outcome]


def operate(turn: Turn, kind: Kind, role: Role) -> Outcome:
    """Carry out an operation on a collection. Raises Refused."""
    return HANDLERS[role.does](turn, kind, role)


def _create(turn: Turn, kind: Kind, role: Role) -> Outcome:
    turn.parents(kind, role)
    _refuse_elsewhere(turn, kind, role)
    given = _given(turn, kind, role)
    if kind.collection.single:
        return _put_single(turn, kind, role, given)
    record = create(turn.work, kind, given, turn.fixed(kind, role))
    status = success_status(turn.operation, "create")
    location = _location(turn, kind, record)
    return _answer(turn, kind, role, record, status, (("Location", location),) if location and status == 201 else ())


def _refuse_elsewhere(turn: Turn, kind: Kind, role: Role) -> None:
    """Refuse a body whose metadata name another place than its path does, in the words of Kubernetes."""
    for key in role.keys:
        said, meant = value_at(turn.request.body, key.field), turn.path.get(key.parameter)
        if not key.field.startswith("metadata.") or said in (None, "", meant) or meant is None:
            continue
        what = key.field.rpartition(".")[2]
        message = f"the {what} of the provided object does not match the {what} sent on the request"
        if what == "name":
            message = f"the name of the object ({said}) does not match the name on the URL ({meant})"
        raise Refused("invalid", message, status=400, resource=kind.title)


def _put_single(turn: Turn, kind: Kind, role: Role, given: Mapping[str, Any]) -> Outcome:
    fixed = turn.fixed(kind, role)
    made: Any = {}
    for place, value in fixed.items():
        made = with_value(made, place, value)
    old = turn.work.store.get(kind.name, kind.key_of(made))
    if old is None:
        record = create(turn.work, kind, given, fixed)
    else:
        record = change(turn.work, kind, kind.key_of(made), old, {**old, **given})
    return _answer(turn, kind, role, record, success_status(turn.operation, role.does))


def _read(turn: Turn, kind: Kind, role: Role) -> Outcome:
    _, record = _single(turn, kind, role) if kind.collection.single else turn.item(kind, role)
    return _answer(turn, kind, role, record, success_status(turn.operation, "read"))


def _single(turn: Turn, kind: Kind, role: Role) -> tuple[str, Record]:
    """The one resource of its parent; a believable one where nobody has said yet what it is."""
    try:
        return turn.item(kind, role)
    except Refused as refused:
        if refused.resource != kind.title:
            raise
    made = believable(turn.work, kind.schema, kind.name, turn.path)
    record: Any = made if isinstance(made, Mapping) else {}
    for place, value in turn.fixed(kind, role).items():
        record = with_value(record, place, value)
    return kind.key_of(record), record


def _replace(turn: Turn, kind: Kind, role: Role) -> Outcome:
    if _means_many(kind, role):
        return _other(turn, kind, {}, success_status(turn.operation, "replace"))
    _refuse_elsewhere(turn, kind, role)
    given = _given(turn, kind, role)
    found = _existing(turn, kind, role)
    forbid_existing(turn.request, exists=found is not None)
    if found is None:
        record = create(turn.work, kind, given, turn.fixed(kind, role))
        return _answer(turn, kind, role, record, success_status(turn.operation, "create"))
    key, old = found
    _need_match(turn, kind, old)
    new = completed(turn.work, kind, with_document_defaults(turn.work, kind, replaced(kind, old, given)))
    record = change(turn.work, kind, key, old, new)
    return _answer(turn, kind, role, record, success_status(turn.operation, "replace"))


def _existing(turn: Turn, kind: Kind, role: Role) -> tuple[str, Record] | None:
    """The resource that a PUT replaces; None where it may make a new one."""
    try:
        return turn.item(kind, role)
    except Refused as refused:
        may_create = "201" in turn.operation.responses or kind.collection.single
        if refused.kind != "missing" or refused.resource != kind.title or not may_create:
            raise
        return None


def _means_many(kind: Kind, role: Role) -> bool:
    """Whether an operation on one resource is written for a whole collection: its answer fits, and changes nothing."""
    return role.on == "collection" and not kind.collection.single


def _patch(turn: Turn, kind: Kind, role: Role) -> Outcome:
    if _means_many(kind, role):
        return _other(turn, kind, {}, success_status(turn.operation, "patch"))
    _refuse_elsewhere(turn, kind, role)
    key, old = _single(turn, kind, role) if kind.collection.single else turn.item(kind, role)
    _need_match(turn, kind, old)
    given = turn.body if isinstance(turn.body, list) else _given(turn, kind, role)
    new = patched(turn.document, kind, old, given)
    _refuse_unfit(turn, kind, old, new)
    record = change(turn.work, kind, key, old, new)
    return _answer(turn, kind, role, record, success_status(turn.operation, "patch"))


def _refuse_unfit(turn: Turn, kind: Kind, old: Record, new: Record) -> None:
    """What a patch made of fields of which the request's schema says nothing has to fit the resource's."""
    body = turn.operation.body
    told = {} if body is None or isinstance(turn.body, list) else properties_of(turn.document, body.media[1].schema)[0]
    changed = {name for name in {*old, *new} - {*told} if old.get(name) != new.get(name)}
    if not changed or not kind.schema:
        return
    found = turn.work.service.checker.complaints(kind.schema, shown(kind, new), "answer")
    wrong = [each for each in found if each.place and each.place[0] in changed]
    if wrong:
        raise Refused("invalid", issues=tuple(issue_of(each, (), "body") for each in wrong), resource=kind.title)


def _delete(turn: Turn, kind: Kind, role: Role) -> Outcome:
    if role.on == "collection" and not kind.collection.single:
        return _delete_all(turn, kind, role)
    key, old = turn.item(kind, role)
    _need_match(turn, kind, old)
    gone = delete(turn.work, kind, key, old)
    return _answer(turn, kind, role, gone, success_status(turn.operation, "delete"))


def _delete_all(turn: Turn, kind: Kind, role: Role) -> Outcome:
    """Delete all that a list of the same query would find."""
    turn.parents(kind, role)
    for key in list(keys_meant(turn, kind, role, role.listing or Listing())):
        record = turn.work.store.get(kind.name, key)
        if record is not None:
            delete(turn.work, kind, key, record)
    return _other(turn, kind, {}, success_status(turn.operation, "delete"))


def _act(turn: Turn, kind: Kind, role: Role) -> Outcome:
    """Something that is done to a resource: it moves to a state, and takes what the body says of its fields."""
    if role.on != "item":
        return _other(turn, kind, {}, success_status(turn.operation, "action"))
    key, old = turn.item(kind, role)
    _need_match(turn, kind, old)
    given = {} if is_absent(turn.body) else _given(turn, kind, role)
    more = {name: value for name, value in given.items() if name in kind.properties and name not in kind.read_only}
    state = _state_after(turn, kind, role)
    if state is not None:
        record = transition(turn.work, kind, key, state, _noted(turn, kind, role, more))
    else:
        record = change(turn.work, kind, key, old, {**old, **_noted(turn, kind, role, more)})
    return _answer(turn, kind, role, record, success_status(turn.operation, "action"))


def _state_after(turn: Turn, kind: Kind, role: Role) -> str | None:
    """The state that an action leads to: declared, or the one that is named like it (`cancel`, `canceled`)."""
    states = kind.states
    if states and turn.operation.id in states.actions:
        return states.actions[turn.operation.id]
    field = states.field if states else kind.collection.state
    if not field or not role.name:
        return None
    known = turn.document.resolve(kind.properties.get(field, {})).get("enum", ())
    return next((each for each in known if isinstance(each, str) and is_past_of(each, role.name)), None)


def _noted(turn: Turn, kind: Kind, role: Role, given: Mapping[str, Any]) -> dict[str, Any]:
    """What an action leaves on the resource besides: `captured: true`, `closed_at`."""
    found = dict(given)
    for name, schema in kind.properties.items():
        types = types_of(turn.document.resolve(schema))
        if (
            role.name
            and types == ("boolean",)
            and name not in found
            and is_past_of(name.removeprefix("is_"), role.name.removeprefix("un"))
            and name != role.name
        ):
            found[name] = is_past_of(name.removeprefix("is_"), role.name)
    for stamp in kind.stamps:
        if role.name and stamp.on == "other" and is_past_of(re.sub(r"(_at|At|_on)$", "", stamp.field), role.name):
            found[stamp.field] = time_as(stamp, turn.work.now_ns)
    return found


HANDLERS: Final[Mapping[str, Handler]] = {
    "list": answer_list,
    "create": _create,
    "read": _read,
    "replace": _replace,
    "patch": _patch,
    "delete": _delete,
    "action": _act,
}


def _given(turn: Turn, kind: Kind, role: Role) -> dict[str, Any]:
    """What the body says of the resource, without what callers cannot set or the service does not know."""
    body = turn.body
    if is_absent(body):
        return {}
    given = value_at(body, role.body) if role.body else body
    if not isinstance(given, Mapping):
        raise Refused("malformed", "The body must be an object")
    for place in kind.read_only:
        given = without(given, place)
    if kind.properties and kind.rules.unknown_fields != "keep" and not kind.schema.get("additionalProperties"):
        known = {*kind.properties, *kind.hidden, *(each.partition(".")[0] for each in kind.relations)}
        unknown = [name for name in given if name not in known]
        if unknown and kind.rules.unknown_fields == "refuse":
            raise Refused("invalid", f"Received unknown parameter: {unknown[0]}", resource=kind.title)
        given = {name: value for name, value in given.items() if name in known}
    return dict(given)


def _need_match(turn: Turn, kind: Kind, old: Record) -> None:
    etags = turn.work.service.rules.etags
    if etags != "none":
        need_match(turn.request, shown(kind, old), required=etags == "required")


def _location(turn: Turn, kind: Kind, record: Record) -> str:
    path = kind.collection.item_path
    for key in kind.collection.keys:
        path = path.replace("{" + key.parameter + "}", str(value_at(record, key.field)))
    return f"{turn.request.base}{path}" if path and "{" not in path else ""


def _answer(
    turn: Turn, kind: Kind, role: Role, record: Record, status: int, headers: tuple[tuple[str, str], ...] = ()
) -> Outcome:
    """What an operation on one resource answers."""
    schema, view = schema_of(turn.document, turn.operation, status), shown(kind, record)
    if schema is None and not kind.schema and role.does in ("create", "read", "replace", "patch") and status != 204:
        return Outcome(status, view, headers, view)  # a document without schemas does not say that there is no body
    if schema is None or (role.answers == "nothing" and status == 204):
        return Outcome(status, headers=headers)
    if role.answers in ("other", "nothing", "list"):
        found = _other(turn, kind, {**view, **told_beside(turn, role, view)}, status)
        return Outcome(status, found.body, headers)
    body = enveloped(turn.document, schema, role.answer, view, told_beside(turn, role, view))
    fits = turn.work.service.checker.fits
    if fits(schema, body, "answer"):
        return Outcome(status, body, headers, view)
    if role.does == "delete":
        return Outcome(status, _other(turn, kind, view, status).body, headers)
    told = body if role.answer else likeness(turn.document, schema, view)
    only_good = {*told} - {*body} <= GOOD  # `ok: true` beside some of its fields
    return Outcome(status, told if only_good and fits(schema, told, "answer") else body, headers, view)


def _other(turn: Turn, kind: Kind, known: Mapping[str, Any], status: int) -> Outcome:
    schema = schema_of(turn.document, turn.operation, status)
    if schema is None:
        return Outcome(status)
    body = likeness(turn.document, schema, known)
    if not turn.work.service.checker.fits(schema, body, "answer"):
        body = believable(turn.work, schema, turn.operation.id, turn.path)
    return Outcome(status, body)
