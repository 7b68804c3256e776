"""Expressions as people write them in rules files, checked as they are read."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from worlds.parts.api.expressions.functions import spelled
from worlds.parts.api.expressions.nodes import Gathered, Node
from worlds.parts.api.expressions.parser import parse
from worlds.parts.api.expressions.scope import Scope

_HOLE: Final = re.compile(r"\$\{([^{}]*)\}")
_WHOLE: Final = re.compile(r"\$\{([^{}]*)\}")


def _condition(text: str) -> str:
    parse(text)
    return text


def _reckoned(value: Any) -> Any:
    for _ in expressions_in(value):
        pass
    return value


Condition = Annotated[str, AfterValidator(_condition)]
"""A text that is an expression and says yes or no."""

Reckoned = Annotated[Any, AfterValidator(_reckoned)]
"""A value as it is; texts that begin with `=` are expressions, and `${...}` in others holds expressions. Mappings and
lists are gone through."""


def holds(condition: str | None, scope: Scope) -> bool:
    """Whether a condition is met; one that was left out is."""
    return condition is None or bool(parse(condition).find(scope).value)


def reckon(value: Any, scope: Scope) -> Any:
    """What a written value comes to."""
    if isinstance(value, str):
        return _worded(value, scope)
    if isinstance(value, Mapping):
        return {key: reckon(each, scope) for key, each in value.items()}
    return [reckon(each, scope) for each in value] if isinstance(value, list | tuple) else value


def _worded(text: str, scope: Scope) -> Any:
    if text.startswith("="):
        return parse(text[1:]).find(scope).value
    if "${" not in text:
        return text
    whole = _WHOLE.fullmatch(text)
    if whole:
        return parse(whole[1]).find(scope).value
    return _HOLE.sub(lambda hole: spelled(parse(hole[1]).find(scope).value), text)


def expressions_in(value: Any) -> Iterator[Node]:
    """All expressions in a written value. Raises BadExpression."""
    if isinstance(value, str):
        found = [value[1:]] if value.startswith("=") else _HOLE.findall(value)
        yield from map(parse, found)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from expressions_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from expressions_in(each)


def collections_in(node: Node) -> Iterator[str]:
    """The collections that an expression gathers from."""
    if isinstance(node, Gathered) and node.collection:
        yield node.collection
    for each in node.below():
        yield from collections_in(each)
