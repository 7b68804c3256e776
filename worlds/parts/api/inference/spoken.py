"""Paths that say what they do, not where something stands: `/chat.postMessage`, `/transfer/list`, `/createUser`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from worlds.parts.api.document.document import Document
from worlds.parts.api.document.operation import Operation, Parameter
from worlds.parts.api.inference.collection import Does
from worlds.parts.api.inference.naming import plain, singular, words_of
from worlds.parts.api.inference.paths import Route
from worlds.parts.api.inference.shapes import Shapes, Wrapped

_READS: Final = ("get", "info", "retrieve", "show", "describe", "fetch", "find", "read", "view", "lookup")
_VERBS: Final[Mapping[str, Does]] = {
    **dict.fromkeys(("list", "search", "query", "all"), "list"),
    **dict.fromkeys(_READS, "read"),
    **dict.fromkeys(("create", "add", "new", "insert", "post", "register", "send", "submit"), "create"),
    **dict.fromkeys(("update", "edit", "set", "modify", "rename", "change", "patch"), "patch"),
    **dict.fromkeys(("delete", "remove", "destroy", "erase"), "delete"),
}
_BESIDE: Final = ("response_metadata", "metadata", "meta", "paging", "pagination", "error", "links")
"""Objects in answers that are not what is spoken of."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one path says."""

    operation: Operation
    nouns: tuple[str, ...]
    """What is spoken of, in the singular: (`conversation`)."""
    verb: str
    rest: str
    """What follows the verb: `message` of `postMessage`."""

    @property
    def does(self) -> Does:
        """What the verb means."""
        return _VERBS.get(self.verb, "action")


@dataclass(slots=True)
class Family:
    """What is said about one sort of resource."""

    nouns: tuple[str, ...]
    title: str
    does: dict[str, tuple[Does, Wrapped | None]] = field(default_factory=dict)
    """Operation id to what it does, and what it answers."""
    shown: Wrapped | None = None
    """How one of them is answered."""
    actions: dict[str, str] = field(default_factory=dict)
    """Operation id to what an action is called."""


def families_of(document: Document, shapes: Shapes) -> list[Family]:
    """The sorts of resources that a document speaks of in verbs, in its order; none where paths are places."""
    said = [each for each in map(_said, document.operations) if each is not None]
    places = {tuple(singular(part) for part in Route(each.path).segments) for each in document.operations}
    families: dict[tuple[str, ...], Family] = {}
    for group in _grouped(said, places):
        found = _family(shapes, group)
        if found is not None:
            families.setdefault(found.nouns, found)
    known = list(families.values())
    for each in said:
        _adopt(shapes, each, known)
    return known


def arguments_of(shapes: Shapes, operation: Operation) -> tuple[Parameter, ...]:
    """What an operation takes by name, in its query or its body."""
    given = [each for each in operation.parameters if each.place == "query"]
    if operation.body is not None:
        schema = operation.body.media[1].schema
        needed = shapes.required(schema)
        given += [Parameter(name, "query", name in needed, each) for name, each in shapes.fields(schema).items()]
    return tuple(given)


def _said(operation: Operation) -> Said | None:
    """What a path says; None where it holds a parameter, or no verb."""
    segments = Route(operation.path).segments
    if not segments or operation.method not in ("GET", "POST") or any("{" in each for each in segments):
        return None
    before, dot, last = segments[-1].rpartition(".")
    nouns = [*segments[:-1], *(before.split(".") if dot else ())]
    words = words_of(last)
    if not words:
        return None
    verb, rest = words[0], words[1:]
    if verb not in _VERBS and words[-1] in _VERBS:
        verb, rest = words[-1], words[:-1]
    named = tuple(singular(each) for each in nouns if not _is_version(each))
    return Said(operation, named, verb, singular("_".join(rest)))


def _is_version(segment: str) -> bool:
    return segment.lower() in ("api", "rpc", "beta") or (segment[:1].lower() == "v" and segment[1:].isdigit())


def _grouped(said: list[Said], places: set[tuple[str, ...]]) -> Iterator[list[Said]]:
    """What is said of the same thing, unless that is a place of its own; objects of verbs may be things themselves."""
    by_noun: dict[tuple[str, ...], list[Said]] = {}
    by_object: dict[tuple[str, ...], list[Said]] = {}
    for each in said:
        if each.nouns and each.nouns not in places:
            by_noun.setdefault(each.nouns, []).append(each)
        if each.rest:
            by_object.setdefault((*each.nouns, each.rest), []).append(each)
    for key, group in by_object.items():
        standing = [each for each in group if each.verb in _VERBS]
        if key[:-1] == () and len({each.does for each in standing}) > 1:
            yield standing
    yield from by_noun.values()


def _family(shapes: Shapes, group: list[Said]) -> Family | None:
    """A sort of resource: something shows one of them, and there are several things to do to them."""
    alone = all(each.rest and not each.nouns for each in group)
    own = [each for each in group if alone or not each.rest or _is_of(shapes, each)]
    nouns = (*group[0].nouns, group[0].rest) if alone else group[0].nouns
    maker = next((each for each in own if each.does == "create" and each.rest), None)
    title = maker.rest if maker is not None and not alone else nouns[-1]
    family = Family(nouns, title)
    for each in own:
        if each.does != "action":
            _place(shapes, family, each)
    kinds = {does for does, _ in family.does.values()}
    if family.shown is None or len(kinds) < 2:
        return None
    for each in group:
        if each.operation.id not in family.does:
            _act(shapes, family, each)
    return family


def _is_of(shapes: Shapes, said: Said) -> bool:
    """Whether `postMessage` answers with the message: it is then what is spoken of."""
    found = _one(shapes, said.operation, said.rest)
    return said.does == "create" and found is not None and plain(found.place) == said.rest


def _one(shapes: Shapes, operation: Operation, title: str) -> Wrapped | None:
    """The resource in an answer."""
    success = operation.success
    wrapped = shapes.unwrap(success[1].schema, title) if success else None
    if wrapped is not None and not wrapped.is_list and not wrapped.place and success is not None:
        fields = shapes.fields(wrapped.schema)
        objects = [name for name in fields if shapes.is_object(fields[name]) and plain(name) not in _BESIDE]
        scalars = all(shapes.items(each) is None for each in fields.values()) and "id" not in fields
        inner = next((name for name in objects if plain(name) == title), objects[0] if len(objects) == 1 else None)
        return Wrapped(inner, fields[inner], False) if inner and (plain(inner) == title or scalars) else wrapped
    return wrapped


def _place(shapes: Shapes, family: Family, said: Said) -> None:
    """Put an operation into the family. What is called reading is a list where lists are answered."""
    wrapped, does = _one(shapes, said.operation, family.title), said.does
    thing = wrapped is not None and shapes.is_object(wrapped.schema)
    if wrapped is not None and wrapped.is_list and does == "read" and singular(wrapped.place) != plain(wrapped.place):
        does = "list"
    if wrapped is not None and wrapped.is_list and does != "list":
        wrapped = Wrapped(wrapped.place, wrapped.schema, False)
    if does in ("read", "list") and not thing:
        return
    if does == "list" and wrapped is not None and not wrapped.is_list:
        return
    family.does[said.operation.id] = (does, wrapped)
    shows = wrapped is not None and thing and (wrapped.place or len(shapes.fields(wrapped.schema)) > 1)
    if shows and does in ("read", "list", "create") and (family.shown is None or does == "read"):
        family.shown = wrapped


def _act(shapes: Shapes, family: Family, said: Said) -> None:
    """Something else that is done to one of them: `archive`, `setTopic`."""
    if said.rest and said.does == "patch":
        family.does[said.operation.id] = ("patch", _one(shapes, said.operation, family.title))
    elif said.operation.method == "POST" and said.verb and said.does == "action":
        family.does[said.operation.id] = ("action", _one(shapes, said.operation, family.title))
        family.actions[said.operation.id] = "_".join(filter(None, (said.verb, said.rest)))


def _adopt(shapes: Shapes, said: Said, families: list[Family]) -> None:
    """What is said of one thing and answers a list of another belongs to the other: `/conversations.history`."""
    if said.does != "action" or said.operation.method != "GET":
        return
    placed = set(chain.from_iterable(each.does for each in families))
    success = said.operation.success
    wrapped = shapes.unwrap(success[1].schema, said.verb) if success else None
    if wrapped is None or not wrapped.is_list or said.operation.id in placed or not shapes.is_object(wrapped.schema):
        return
    shown = singular(wrapped.place.rpartition(".")[2])
    owner = next(
        (each for each in families if shown and shown in (each.title, each.shown and plain(each.shown.place))), None
    )
    if owner is not None:
        owner.does[said.operation.id] = ("list", wrapped)
