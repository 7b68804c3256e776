"""What is wrong with a value, as the TypeScript SDK's validation library words it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox_server.call import ABSENT

Step = str | int


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem: its sentence, the way to the value, and (for a wrong type) the type that was expected."""

    message: str
    path: tuple[Step, ...] = ()
    expected: str = ""

    def under(self, step: Step) -> "Issue":
        """The same problem, seen from the object or array that holds the value."""
        return Issue(self.message, (step, *self.path), self.expected)


def wrong_type(expected: str, value: Any) -> Issue:
    """The problem of a value that is of another type."""
    return Issue(f"Invalid input: expected {expected}, received {type_name(value)}", expected=expected)


def type_name(value: Any) -> str:
    """What JavaScript would call the type of a JSON value; numbers beyond its range by their own names."""
    if value is ABSENT:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, list):
        return "array"
    if isinstance(value, dict):
        return "object"
    return "number" if finite(value) else ("Infinity" if value > 0 else "-Infinity")


def finite(value: float) -> bool:
    """Whether a JSON number, however long, is a finite number in JavaScript."""
    try:
        return abs(float(value)) != float("inf")
    except OverflowError:
        return False


def sentences(issues: Iterable[Issue]) -> str:
    """The problems as one text: a line each, with the place where there is one."""
    return "\n".join(f"{issue.message} at {_place(issue.path)}" if issue.path else issue.message for issue in issues)


def listing(issues: Iterable[Issue]) -> str:
    """The problems as the JSON list that a failed request is answered with."""
    shown = [
        {"expected": issue.expected, "code": "invalid_type", "path": list(issue.path), "message": issue.message}
        for issue in issues
    ]
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _place(path: tuple[Step, ...]) -> str:
    first, *rest = path
    return str(first) + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest)
