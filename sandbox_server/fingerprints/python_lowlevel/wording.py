"""What is wrong with a value, as Python's `jsonschema` 4.26 words it: values as Python spells them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from jsonschema_rs import ValidationError


def problem_text(problems: Iterable[ValidationError], schema: Mapping[str, Any]) -> str:
    """The one problem that `jsonschema.validate` would raise: of those nearest to the top, the last by place.

    What only says that no alternative fits counts less than the others at its place.
    """
    best = max(problems, key=_weight)
    says = _SAYS.get(best.kind.name)
    return says(best, _at(schema, best.schema_path)) if says else best.message


def _weight(problem: ValidationError) -> tuple[int, list[str], bool]:
    path = problem.instance_path
    return -len(path), [str(step) for step in path], problem.kind.name not in ("anyOf", "oneOf")


def _at(schema: Any, path: Sequence[str | int]) -> Any:
    """What the schema demands at the place that a problem names."""
    for step in path:
        if isinstance(schema, Mapping):
            schema = schema.get(step)
        elif isinstance(schema, list):
            schema = schema[int(step)]
    return schema


def _wrong_type(problem: ValidationError, demanded: Any) -> str:
    types = [demanded] if isinstance(demanded, str) else demanded
    return f"{problem.instance!r} is not of type {', '.join(repr(each) for each in types)}"


def _too_short(problem: ValidationError, demanded: Any) -> str:
    return f"{problem.instance!r} {'should be non-empty' if demanded == 1 else 'is too short'}"


def _too_long(problem: ValidationError, demanded: Any) -> str:
    return f"{problem.instance!r} {'is expected to be empty' if demanded == 0 else 'is too long'}"


def _additional(problem: ValidationError, _: Any) -> str:
    names = sorted(problem.kind.as_dict()["unexpected"])
    told = ", ".join(repr(name) for name in names)
    return f"Additional properties are not allowed ({told} {'was' if len(names) == 1 else 'were'} unexpected)"


def _plainly(words: str) -> Callable[[ValidationError, Any], str]:
    """A sentence of the value, some words, and what was demanded where the words have a place for it."""
    return lambda problem, demanded: f"{problem.instance!r} {words.format(repr(demanded))}"


_SAYS: Final[Mapping[str, Callable[[ValidationError, Any], str]]] = {
    "type": _wrong_type,
    "required": lambda problem, _: f"{problem.kind.as_dict()['property']!r} is a required property",
    "enum": _plainly("is not one of {}"),
    "const": lambda _, demanded: f"{demanded!r} was expected",
    "minimum": _plainly("is less than the minimum of {}"),
    "maximum": _plainly("is greater than the maximum of {}"),
    "exclusiveMinimum": _plainly("is less than or equal to the minimum of {}"),
    "exclusiveMaximum": _plainly("is greater than or equal to the maximum of {}"),
    "multipleOf": _plainly("is not a multiple of {}"),
    "minLength": _too_short,
    "minItems": _too_short,
    "maxLength": _too_long,
    "maxItems": _too_long,
    "pattern": _plainly("does not match {}"),
    "uniqueItems": _plainly("has non-unique elements"),
    "anyOf": _plainly("is not valid under any of the given schemas"),
    "oneOf": _plainly("is not valid under any of the given schemas"),
    "additionalProperties": _additional,
}
