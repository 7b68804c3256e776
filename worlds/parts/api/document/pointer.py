"""JSON pointers (RFC 6901): how a place in a document is written."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote


def joined(pointer: str, *steps: str | int) -> str:
    """The pointer to something below another pointer."""
    return pointer + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def steps_of(pointer: str) -> list[str]:
    """The steps of a pointer, unescaped; as a fragment it may be percent-encoded."""
    return [unquote(step).replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def found(data: Any, steps: Iterable[str]) -> Any:
    """What lies at a place. Raises KeyError with the step that leads nowhere."""
    for step in steps:
        if isinstance(data, dict) and step in data:
            data = data[step]
        elif isinstance(data, list) and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
        else:
            raise KeyError(step)
    return data
