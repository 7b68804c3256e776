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
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from worlds.complaints import known_keys, telling, worded
from worlds.errors import WorldError

Place = tuple[int, int]
Path = tuple[str | int, ...]

_NODES_MAX: Final = 500_000
_DEPTH_MAX: Final = 100
"""How deep values may lie in each other: reading costs more than time that grows with the length."""
_TOO_DEEP: Final = f"values lie more than {_DEPTH_MAX} deep in each other"
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
_TAGS: Final = {"str", "int", "float", "bool", "null", "map", "seq"}


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
    """The one document in a text. Raises FileProblem with the place of what is wrong."""
    try:
        node = _reader().compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise FileProblem(f"not valid YAML: {error.problem or error.context}", file=file, place=place) from None
    except (YAMLError, RecursionError, ValueError) as error:
        raise FileProblem(f"not valid YAML: {str(error).splitlines()[0]}", file=file) from None
    document = Document(file, None)
    document.data = _Plain(document).value(node, ()) if node is not None else None
    return document


def _reader() -> YAML:
    reader = YAML(typ="rt", pure=True)
    reader.Composer = _Composer
    return reader


class _Composer(Composer):
    """Refuses what lies too deep as soon as it begins, before the rest is looked at."""

    lies_at = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """The next node, with all below it."""
        self.lies_at += 1
        if self.lies_at > _DEPTH_MAX:
            mark = self.parser.peek_event().start_mark
            raise ComposerError(None, None, _TOO_DEEP, mark)
        node = super().compose_node(parent, index)
        self.lies_at -= 1
        return node


@dataclass(slots=True)
class _Plain:
    """Turns a node tree into plain data while noting places."""

    document: Document
    count: int = 0
    open_nodes: set[int] = field(default_factory=set)

    def value(self, node: Node, path: Path) -> Any:
        self.count += 1
        self.document.places.setdefault(path, _place(node))
        if self.count > _NODES_MAX or id(node) in self.open_nodes:
            raise self.document.problem(path, "aliases make this document endless or far too large")
        if len(path) > _DEPTH_MAX:
            raise self.document.problem(path[:2], f"not valid YAML: {_TOO_DEEP}")
        self._check_tag(node, path)
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        self.open_nodes.add(id(node))
        value = self._mapping(node, path) if isinstance(node, MappingNode) else self._sequence(node, path)  # type: ignore[arg-type]
        self.open_nodes.discard(id(node))
        return value

    def _check_tag(self, node: Node, path: Path) -> None:
        tag = str(node.tag or "").rpartition(":")[2]
        if str(node.tag or "").startswith("!") or (
            getattr(node, "ctag", None) and tag not in _TAGS | {"timestamp", "merge"}
        ):
            raise self.document.problem(path, f"the tag {node.tag} is not known", hint="use plain values")

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        if not node.style:
            return plain_scalar(node.value)
        # ruamel marks the places where a folded text was broken; no text can hold that character otherwise
        return _joined(node.value.replace("\a", "") if node.style == ">" else node.value)

    def _sequence(self, node: SequenceNode, path: Path) -> list[Any]:
        return [self.value(child, (*path, number)) for number, child in enumerate(node.value)]

    def _mapping(self, node: MappingNode, path: Path) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key in result:
                raise FileProblem(f"the key {key!r} stands here twice", file=self.document.file, place=_place(key_node))
            self.document.places[(*path, key)] = _place(key_node)
            result[key] = self.value(value_node, (*path, key))
        return result

    def _key(self, node: Node, path: Path) -> Any:
        if not isinstance(node, ScalarNode) or (node.value == "<<" and not node.style):
            raise FileProblem("a key must be a plain text", file=self.document.file, place=_place(node))
        key = node.value if node.style else plain_scalar(node.value)
        return key if isinstance(key, str | int) and not isinstance(key, bool) else node.value


def plain_scalar(text: str) -> Any:
    """What an unquoted text means by the core rules."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _joined(text: str) -> str:
    """The text with surrogate pairs joined: JSON writes them so, and JSON is YAML. Halves without a partner stay."""
    if text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _place(node: Node) -> Place:
    return (node.start_mark.line + 1, node.start_mark.column + 1)
