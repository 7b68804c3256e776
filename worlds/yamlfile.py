"""YAML by the 1.2 core rules, with the place of every key and value, so that each complaint can point at its cause.

Only null, true/false, integers and floats are special; dates and `yes` stay text. Duplicate keys, merge keys and
foreign tags are refused, and so are documents whose aliases would multiply into something huge.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from worlds.complaints import known_keys, telling, worded
from worlds.errors import WorldError
from worlds.yaml_quickly import read_quickly

Place = tuple[int, int]
Path = tuple[str | int, ...]

_INT: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}


class FileProblem(WorldError):
    """Something wrong in a file that a person wrote: names the file, the line and the column (from 1)."""

    code = "file"

    def __init__(self, message: str, *, file: str, place: Place = (1, 1), hint: str | None = None) -> None:
        super().__init__(f"{file}:{place[0]}:{place[1]}: {message}", hint=hint)
        self.file = file
        self.place = place


_CHOICE: Final = re.compile(r"(function|constrained|lax)-|(list|dict|literal|nullable)\[")
"""Pydantic's names for one of several forms that a value may have; nobody wrote them."""


@dataclass(slots=True)
class Document:
    """Plain data from a file, and where each piece of it stands."""

    file: str
    data: Any
    places: dict[Path, Place] = field(default_factory=dict)

    def problem(self, path: Sequence[str | int], message: str, hint: str | None = None) -> FileProblem:
        """A complaint about the value at `path`, placed at the nearest known place."""
        at = tuple(path)
        while at and at not in self.places:
            at = at[:-1]
        return FileProblem(message, file=self.file, place=self.places.get(at, (1, 1)), hint=hint)

    def refuse(
        self, error: ValidationError, prefix: Sequence[str | int] = (), model: type[BaseModel] | None = None
    ) -> FileProblem:
        """The most telling complaint of a failed validation as a complaint about this file.

        Where the model is given, a key that is not known is answered with those that are.
        """
        first = telling(error.errors(include_url=False))
        path = (*prefix, *first["loc"])
        where = ".".join(str(step) for step in path if not _CHOICE.match(str(step))) or "the document"
        return self.problem(path, f"{where}: {worded(first)}", known_keys(first, model))


def read_yaml(path: FilePath) -> Document:
    """The one document in a file. Raises FileProblem."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileProblem(f"cannot be read: {error}", file=str(path)) from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, file: str = "<text>") -> Document:
    """The one document in a text. Raises FileProblem with the place of what is wrong.

    A parser in C reads what is usual; whatever else there is, mistakes above all, is left to the careful one.
    """
    document = Document(file, None)
    if read_quickly(text, document, plain_scalar):
        return document
    # the careful parser is a library of its own that right files never need
    from worlds.yaml_carefully import read_carefully

    return read_carefully(text, file)


def plain_scalar(text: str) -> Any:
    """What an unquoted text means by the core rules."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
