"""YAML read from a tree of nodes, which costs time and misses nothing: what is wrong is said with its place."""

import warnings
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from worlds.yaml_quickly import DEPTH_MAX
from worlds.yamlfile import Document, FileProblem, Path, Place, plain_scalar

_NODES_MAX: Final = 500_000
_TOO_DEEP: Final = f"values lie more than {DEPTH_MAX} deep in each other"
_TAGS: Final = {"str", "int", "float", "bool", "null", "map", "seq"}


def read_carefully(text: str, file: str) -> Document:
    """The one document in a text. Raises FileProblem with the place of what is wrong."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # the last one counts, as YAML says
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
        if self.lies_at > DEPTH_MAX:
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
        if len(path) > DEPTH_MAX:
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


def _joined(text: str) -> str:
    """The text with surrogate pairs joined: JSON writes them so, and JSON is YAML. Halves without a partner stay."""
    if text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _place(node: Node) -> Place:
    return (node.start_mark.line + 1, node.start_mark.column + 1)
