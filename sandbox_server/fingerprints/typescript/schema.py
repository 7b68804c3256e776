"""Check values against a tool's JSON Schema with the wording of the TypeScript SDK's validation library (zod 4).

A schema is compiled once to nested functions; a value that fits costs little more than looking at it. Keywords that
zod schemas produce are understood; `pattern` and `format` are not checked.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any, Final

from sandbox_server.call import ABSENT
from sandbox_server.fingerprints.typescript.issue import Issue, finite, wrong_type

Check = Callable[[Any, list[Issue]], Any]
"""Returns the value as the tool receives it, and appends what is wrong with it."""

SAFE_INTEGER_MAX: Final = 2**53 - 1
ISSUES_MAX: Final = 5_000
"""Problems of one list after which the rest of it is not looked at."""
Schema = Mapping[str, Any]


def compile_check(schema: Schema) -> Check:
    """The check that a schema describes."""
    if "const" in schema:
        return _one_of([schema["const"]])
    if "enum" in schema:
        return _one_of(schema["enum"])
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return _union([compile_check(option) for option in options], nullable=_nullable(options))
    make = _MAKERS.get(schema.get("type", ""))
    return make(schema) if make else _anything


def _anything(value: Any, issues: list[Issue]) -> Any:
    if value is ABSENT:
        issues.append(wrong_type("nonoptional", value))
    return value


def _one_of(choices: Sequence[Any]) -> Check:
    words = [json.dumps(choice, ensure_ascii=False) for choice in choices]
    problem = Issue(
        f"Invalid input: expected {words[0]}"
        if len(words) == 1
        else f"Invalid option: expected one of {'|'.join(words)}"
    )

    def check(value: Any, issues: list[Issue]) -> Any:
        if not any(_same(value, choice) for choice in choices):
            issues.append(problem)
        return value

    return check


def _same(value: Any, choice: Any) -> bool:
    return isinstance(value, bool) == isinstance(choice, bool) and bool(value == choice)


def _nullable(options: Sequence[Schema]) -> bool:
    return len(options) == 2 and any(option.get("type") == "null" for option in options)


def _union(checks: Sequence[Check], *, nullable: bool) -> Check:
    def check(value: Any, issues: list[Issue]) -> Any:
        tried = []
        for option in checks:
            found: list[Issue] = []
            taken = option(value, found)
            if not found:
                return taken
            tried.append(found)
        own = [found for found in tried if not any(issue.expected == "null" for issue in found)]
        issues += own[0] if nullable and own else [Issue("Invalid input")]
        return value

    return check


def _text(schema: Schema) -> Check:
    bounds = _bounds(schema, "minLength", "maxLength")

    def plain(value: Any, issues: list[Issue]) -> Any:
        if type(value) is not str:
            issues.append(wrong_type("string", value))
        return value

    def bounded(value: Any, issues: list[Issue]) -> Any:
        plain(value, issues)
        _measure(value, bounds, issues)
        return value

    return bounded if bounds else plain


def _boolean(schema: Schema) -> Check:
    def check(value: Any, issues: list[Issue]) -> Any:
        if value is not True and value is not False:
            issues.append(wrong_type("boolean", value))
        return value

    return check


def _null(schema: Schema) -> Check:
    def check(value: Any, issues: list[Issue]) -> Any:
        if value is not None:
            issues.append(wrong_type("null", value))
        return value

    return check


def _number(schema: Schema) -> Check:
    limits = [(words, schema[key]) for key, words in _LIMITS if key in schema]
    divisor = schema.get("multipleOf")

    def check(value: Any, issues: list[Issue]) -> Any:
        if type(value) not in (int, float) or not finite(value):
            issues.append(wrong_type("number", value))
            return value
        for (size, sign), limit in limits:
            if not _COMPARE[sign](value, limit):
                issues.append(Issue(f"Too {size}: expected number to be {sign}{limit}"))
        if divisor and value % divisor:
            issues.append(Issue(f"Invalid number: must be a multiple of {divisor}"))
        return value

    return check


def _integer(schema: Schema) -> Check:
    number = _number({key: value for key, value in schema.items() if abs(_figure(value)) < SAFE_INTEGER_MAX})

    def check(value: Any, issues: list[Issue]) -> Any:
        if type(value) is float and value % 1:
            issues.append(Issue("Invalid input: expected int, received number", expected="int"))
            return value
        before = len(issues)
        number(value, issues)
        if len(issues) == before and abs(value) > SAFE_INTEGER_MAX:
            big, sign = ("big", "<=") if value > 0 else ("small", ">=-")
            issues.append(Issue(f"Too {big}: expected int to be {sign}{SAFE_INTEGER_MAX}"))
        return value

    return check


def _figure(value: Any) -> float:
    return value if isinstance(value, int | float) else 0


def _array(schema: Schema) -> Check:
    bounds = _bounds(schema, "minItems", "maxItems")
    item = compile_check(schema.get("items", {}))

    def check(value: Any, issues: list[Issue]) -> Any:
        if type(value) is not list:
            issues.append(wrong_type("array", value))
            _measure(value, bounds, issues)
            return value
        if bounds and bounds[1] is not None and len(value) > bounds[1]:  # zod spares itself the items
            _measure(value, bounds, issues)
            return value
        found: list[Issue] = []
        taken = []
        for index, each in enumerate(value):
            taken.append(item(each, found))
            if found:
                issues += map(Issue.under, found, repeat(index))
                found.clear()
                if len(issues) >= ISSUES_MAX:  # it is refused in any case; nobody reads on, and others wait
                    return value
        _measure(value, bounds, issues)
        return taken

    return check


def _object(schema: Schema) -> Check:
    if "properties" not in schema and isinstance(schema.get("additionalProperties"), Mapping):
        return _record(schema["additionalProperties"])
    required = schema.get("required", ())
    fields = [
        (key, compile_check(entry), key not in required, entry.get("default", ABSENT))
        for key, entry in schema.get("properties", {}).items()
    ]
    extra = schema.get("additionalProperties")

    def check(value: Any, issues: list[Issue]) -> Any:
        if type(value) is not dict:
            issues.append(wrong_type("object", value))
            return value
        taken = {}
        found: list[Issue] = []
        for key, field, optional, default in fields:
            each = value.get(key, ABSENT)
            if each is ABSENT and optional:
                if default is not ABSENT:
                    taken[key] = default
                continue
            taken[key] = field(each, found)
            if found:
                issues += map(Issue.under, found, repeat(key))
                found.clear()
        return taken if extra is None else _with_extras(value, taken, extra, issues)

    known = frozenset(schema.get("properties", ()))

    def _with_extras(value: dict[str, Any], taken: dict[str, Any], extra: Any, issues: list[Issue]) -> dict[str, Any]:
        others = [key for key in value if key not in known]
        if extra is not False:
            return {**taken, **{key: value[key] for key in others}}
        if others:
            names = ", ".join(json.dumps(key, ensure_ascii=False) for key in others)
            issues.append(Issue(f"Unrecognized key{'s' if len(others) > 1 else ''}: {names}"))
        return taken

    return check


def _record(schema: Schema) -> Check:
    field = compile_check(schema)

    def check(value: Any, issues: list[Issue]) -> Any:
        if type(value) is not dict:
            issues.append(wrong_type("record", value))
            return value
        taken = {}
        for key, each in value.items():
            found: list[Issue] = []
            taken[key] = field(each, found)
            issues += map(Issue.under, found, repeat(key))
        return taken

    return check


def _bounds(schema: Schema, low: str, high: str) -> tuple[int | None, int | None] | None:
    bounds = schema.get(low), schema.get(high)
    return bounds if bounds != (None, None) else None


def _measure(value: Any, bounds: tuple[int | None, int | None] | None, issues: list[Issue]) -> None:
    """Check the length of whatever has one, even if it is of the wrong type: zod does, and says so as well."""
    if bounds is None or not (isinstance(value, str | list) or (isinstance(value, dict) and "length" in value)):
        return
    length, what, unit = _length(value)
    low, high = bounds
    exact = "exactly " if low == high else ""
    if low is not None and not length >= low:
        issues.append(Issue(f"Too small: expected {what} {exact or '>='}{low}{unit}"))
    if high is not None and not length <= high:
        issues.append(Issue(f"Too big: expected {what} {exact or '<='}{high}{unit}"))


def _length(value: Any) -> tuple[float, str, str]:
    """The length, and how it is spoken of; an object has the one that it claims to have."""
    if isinstance(value, str):
        return len(value), "string to have", " characters"
    if isinstance(value, list):
        return len(value), "array to have", " items"
    claimed = value["length"]
    number = claimed if isinstance(claimed, int | float) else 0 if claimed is None else float("nan")
    return number, "unknown to be", ""


_LIMITS: Final = (
    ("minimum", ("small", ">=")),
    ("exclusiveMinimum", ("small", ">")),
    ("maximum", ("big", "<=")),
    ("exclusiveMaximum", ("big", "<")),
)
_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">=": lambda value, limit: value >= limit,
    ">": lambda value, limit: value > limit,
    "<=": lambda value, limit: value <= limit,
    "<": lambda value, limit: value < limit,
}
_MAKERS: Final[Mapping[str, Callable[[Schema], Check]]] = {
    "string": _text,
    "boolean": _boolean,
    "null": _null,
    "number": _number,
    "integer": _integer,
    "array": _array,
    "object": _object,
}
