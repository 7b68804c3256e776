"""What a PATCH makes of a resource: merge patches (RFC 7396), and lists of steps (RFC 6902)."""

from collections.abc import Mapping
from typing import Any, Final

from worlds.parts.api.document import Document
from worlds.parts.api.engine.filling import is_nullable, properties_of
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.refused import Issue, Refused
from worlds.parts.api.places import value_at, with_value, without
from worlds.records import Record

_STEPS_MAX: Final = 1_000


def patched(document: Document, kind: Kind, old: Record, change: Any) -> Record:
    """The changed resource. Fields that callers cannot set are left alone. Raises Refused for what cannot be done."""
    if isinstance(change, list):
        new = _stepped(dict(old), change)
        return _itself(kind, old, _kept(kind, old, new))
    if not isinstance(change, Mapping):
        raise Refused("malformed", "The body must be an object")
    for place in kind.read_only:
        change = without(change, place)
    new = _merged(document, kind.schema, old, change)
    gone = [name for name in old if name not in new and name in kind.required]
    if gone:
        issues = tuple(Issue(name, "missing_field", f"{name} cannot be null") for name in gone)
        raise Refused("invalid", issues=issues, resource=kind.title)
    return _itself(kind, old, dict(new))


def _itself(kind: Kind, old: Record, new: Record) -> Record:
    """A changed resource under the name that it has: its path would lead nowhere else."""
    if kind.key_of(new) == kind.key_of(old):
        return new
    for place in (kind.id_field, *(each.field for each in kind.collection.keys)):
        if place and "[" not in place:
            value = value_at(old, place)
            new = without(new, place) if value is None else with_value(new, place, value)
    return new


def _merged(document: Document, schema: Any, target: Any, change: Any) -> Any:
    """A merge patch; null stays where the schema knows it, and takes a field away elsewhere."""
    if not isinstance(change, Mapping):
        return change
    properties, _ = properties_of(document, schema) if schema else ({}, ())
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in change.items():
        below = properties.get(key, {})
        if value is None and not (key in properties and is_nullable(document, below)):
            result.pop(key, None)
        else:
            result[key] = _merged(document, document.resolve(below), result.get(key), value)
    return result


def _kept(kind: Kind, old: Record, new: Any) -> Record:
    if not isinstance(new, dict):
        raise Refused("invalid", "The patch does not leave an object")
    for name in {*kind.read_only, *kind.hidden}:
        if "." not in name and "[" not in name:
            if name in old:
                new[name] = old[name]
            else:
                new.pop(name, None)
    return new


def _stepped(whole: Any, steps: list[Any]) -> Any:
    if len(steps) > _STEPS_MAX:
        raise Refused("invalid", f"A patch has at most {_STEPS_MAX} steps")
    for number, step in enumerate(steps):
        if not isinstance(step, Mapping) or not isinstance(step.get("path"), str):
            raise _bad(number, "is not a patch operation")
        whole = _step(whole, step, number)
    return whole


def _step(whole: Any, step: Mapping[str, Any], number: int) -> Any:
    name, path = step.get("op"), _steps_of(step["path"])
    if name == "test":
        if _read(whole, path, number) != step.get("value"):
            raise Refused("precondition", f"Patch operation {number} does not hold")
        return whole
    if name in ("move", "copy"):
        source = _steps_of(str(step.get("from", "")))
        value = _read(whole, source, number)
        whole = _without(whole, source, number) if name == "move" else whole
        return _with(whole, path, value, number, add=True)
    if name == "remove":
        return _without(whole, path, number)
    if name in ("add", "replace") and "value" in step:
        if name == "replace":
            _read(whole, path, number)
        return _with(whole, path, step["value"], number, add=name == "add")
    raise _bad(number, "is not a patch operation")


def _steps_of(pointer: str) -> list[str]:
    return [each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]]


def _read(whole: Any, path: list[str], number: int) -> Any:
    for name in path:
        if isinstance(whole, Mapping) and name in whole:
            whole = whole[name]
        elif isinstance(whole, list) and name.isdecimal() and int(name) < len(whole):
            whole = whole[int(name)]
        else:
            raise _bad(number, "names a place that is not there")
    return whole


def _with(whole: Any, path: list[str], value: Any, number: int, *, add: bool) -> Any:
    if not path:
        return value
    name, rest = path[0], path[1:]
    if isinstance(whole, Mapping) and (name in whole or not rest):
        return {**whole, name: _with(whole.get(name), rest, value, number, add=add)}
    if isinstance(whole, list):
        at = len(whole) if name == "-" else int(name) if name.isdecimal() else -1
        if rest and 0 <= at < len(whole):
            return [*whole[:at], _with(whole[at], rest, value, number, add=add), *whole[at + 1 :]]
        if not rest and 0 <= at <= len(whole) - (not add):
            return [*whole[:at], value, *whole[at + (not add) :]]
    raise _bad(number, "names a place that is not there")


def _without(whole: Any, path: list[str], number: int) -> Any:
    if not path:
        raise _bad(number, "names a place that is not there")
    holder = _read(whole, path[:-1], number)
    _read(holder, path[-1:], number)
    if isinstance(holder, list):
        at = int(path[-1])
        return _with(whole, path[:-1], [*holder[:at], *holder[at + 1 :]], number, add=False)
    return _with(whole, path[:-1], {key: each for key, each in holder.items() if key != path[-1]}, number, add=False)


def _bad(number: int, what: str) -> Refused:
    message = f"Patch operation {number} {what}"
    return Refused("invalid", message, issues=(Issue("", "invalid", message),))
