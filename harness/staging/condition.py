"""Conditions over parameters, such as `amount > 1000 and mood in ['calm', 'cross']`: read as Python, never run."""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from harness.errors import HarnessError
from worlds.pysource import expression_tree

T = TypeVar("T")
LETTERS_MAX: Final = 1_000
HINT: Final = "write it like: amount > 1000 and mood in ['calm', 'cross']; it may hold and, or, not, in, ==, !=, <, <="
_WORDS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None}
_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
}


class ConditionError(HarnessError):
    """A condition that cannot be read, or that makes no sense for the parameters' values."""

    code = "condition"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was read."""

    text: str
    tree: ast.expr

    @property
    def names(self) -> set[str]:
        """The parameters that it asks for."""
        return {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)} - _WORDS.keys()

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether it is true for these parameters. Raises ConditionError where that makes no sense."""
        return _truth(self, self.tree, values)


def read_condition(text: str, known: Mapping[str, Any] | list[str]) -> Condition:
    """The condition that a text spells, over parameters of these names. Raises ConditionError."""
    if len(text) > LETTERS_MAX:
        raise ConditionError(f"a condition of {len(text)} letters", hint=f"{LETTERS_MAX} at most")
    try:
        condition = Condition(text, expression_tree(text.strip()).body)
        _refuse_all_else(condition)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ConditionError(f"{text!r} is no condition", hint=HINT) from None
    unknown = sorted(condition.names - set(known))
    if unknown:
        raise ConditionError(f"there is no parameter {unknown[0]!r}", hint=f"known: {', '.join(known) or 'none'}")
    return condition


def _refuse_all_else(condition: Condition) -> None:
    for node in ast.walk(condition.tree):
        if not isinstance(node, _ALLOWED):
            raise ConditionError(f"{condition.text!r}: {_named(node)} has no place in a condition", hint=HINT)


def _named(node: ast.AST) -> str:
    words = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__.lower()
    return repr(words) if len(words) < 60 else "this"


def _truth(condition: Condition, node: ast.expr, values: Mapping[str, Any]) -> bool:
    if isinstance(node, ast.BoolOp):
        parts = (_truth(condition, part, values) for part in node.values)
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _truth(condition, node.operand, values)
    value = _compared(condition, node, values) if isinstance(node, ast.Compare) else _value(condition, node, values)
    if not isinstance(value, bool):
        raise ConditionError(f"{condition.text!r}: {ast.unparse(node)} is {value!r}, neither true nor false", hint=HINT)
    return value


def _compared(condition: Condition, node: ast.Compare, values: Mapping[str, Any]) -> bool:
    left = _value(condition, node.left, values)
    for sign, other in zip(node.ops, node.comparators, strict=True):
        right = _value(condition, other, values)
        if not _sensibly(condition, partial(_COMPARISONS[type(sign)], left, right)):
            return False
        left = right
    return True


def _value(condition: Condition, node: ast.expr, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return _WORDS[node.id] if node.id in _WORDS and node.id not in values else values[node.id]
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(condition, item, values) for item in node.elts]
    if isinstance(node, ast.Attribute):
        return _sensibly(condition, lambda: _value(condition, node.value, values)[node.attr])
    if isinstance(node, ast.Subscript):
        key = _value(condition, node.slice, values)
        return _sensibly(condition, lambda: _value(condition, node.value, values)[key])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        operand = node.operand
        return _sensibly(condition, lambda: -_value(condition, operand, values))
    return _truth(condition, node, values)


def _sensibly(condition: Condition, work: Callable[[], T]) -> T:
    """What comes of some work on values. Raises ConditionError where their types do not fit."""
    try:
        return work()
    except (TypeError, LookupError) as error:
        words = "it asks for what is not there" if isinstance(error, LookupError) else str(error)
        raise ConditionError(f"{condition.text!r}: {words}", hint="compare values of one type") from None


_ALLOWED: Final = (
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, *_COMPARISONS, ast.Constant, ast.Name,
    ast.Load, ast.List, ast.Tuple, ast.Attribute, ast.Subscript,
)  # fmt: skip
