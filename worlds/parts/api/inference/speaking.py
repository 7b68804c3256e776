"""Collections of APIs whose paths are verbs: resources are named in the query or the body."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from worlds.parts.api.document.operation import Operation, Parameter, Schema
from worlds.parts.api.inference.collection import Collection, Does, Key, Role
from worlds.parts.api.inference.doing import says
from worlds.parts.api.inference.facts import marked, read_only_of, stamps_of, state_of, unique_of
from worlds.parts.api.inference.idstyle import style_of
from worlds.parts.api.inference.keys import Own, own_field, parent_field
from worlds.parts.api.inference.listing import listing_of
from worlds.parts.api.inference.naming import is_plural, plain
from worlds.parts.api.inference.relating import Known
from worlds.parts.api.inference.shapes import Shapes, Wrapped, same_shape
from worlds.parts.api.inference.spoken import Family, arguments_of

Answers = Literal["resource", "list", "nothing", "other"]
_GENERIC: Final = re.compile(r"data|result|item|response|resource|payload|record")
_NAMING: Final = ("ts", "timestamp", "key", "number", "uuid", "slug", "code", "token", "name", "email")
_OF_ONE: Final = ("read", "patch", "delete", "action")


@dataclass(slots=True)
class Speaking:
    """Makes the collection of one family."""

    shapes: Shapes
    family: Family
    families: Sequence[Family]
    names: Mapping[int, str]
    arguments: dict[str, tuple[Parameter, ...]] = field(default_factory=dict)
    own: Own = field(default_factory=lambda: Own("id"))
    keys: tuple[Key, ...] = ()

    @property
    def schema(self) -> Schema:
        """Of one resource."""
        return self.family.shown.schema if self.family.shown else {}

    def collection(self) -> Collection:
        """The collection, without relations."""
        family, shapes, schema = self.family, self.shapes, self.schema
        for name in family.does:
            operation = shapes.document.operation(name)
            self.arguments[name] = arguments_of(shapes, operation) if operation else ()
        parameter = self._own_parameter()
        self.own = self._own(parameter)
        self.keys = (*self._parents(parameter), Key(parameter, self.own.field, hidden=self.own.hidden, given=True))
        roles = tuple(self._roles())
        bodies = list(self._bodies(roles))
        stamps = stamps_of(shapes, schema)
        style = style_of(shapes, schema, self.own.field, title_of(family), (), False)
        return Collection(
            name=self.names[id(family)],
            path="",
            item_path="",
            id_parameter=parameter,
            id_field=self.own.field,
            id=style,
            schema=schema,
            parent=next((key.collection for key in self.keys if key.collection), ""),
            keys=self.keys,
            roles=roles,
            stamps=stamps,
            read_only=read_only_of(shapes, schema, bodies, self.own.field, style.kind == "name", stamps),
            write_only=tuple(marked(shapes, schema, "writeOnly")),
            unique=unique_of(shapes, schema, self.own.field, False),
            state=state_of(shapes, schema),
            title=title_of(family),
            id_hidden=self.own.hidden,
        )

    def known(self, collection: Collection) -> Known:
        """What relations have to know of the collection."""
        return Known(
            name=collection.name,
            title=collection.title,
            schema_names=frozenset({self.shapes.name(self.schema)} - {""}),
            id_field=collection.id_field,
            id_is_text=collection.id.kind != "integer",
            path_depth=len(self.family.nouns),
            roles_count=len(collection.roles),
        )

    def _taken(self, *does: str) -> Iterator[Parameter]:
        """The arguments of all operations that do something."""
        for name, (what, _) in self.family.does.items():
            if what in does:
                yield from self.arguments[name]

    def _own_parameter(self) -> str:
        """The argument that names one resource: most of what is done to one takes it."""
        family = self.family
        known = {title_of(family), family.title, family.nouns[-1], "_".join(family.nouns)}
        wanted = [*(f"{each}_id" for each in known), "id", *known]
        fields = {plain(name) for name in self.shapes.fields(self.schema)}
        counts: dict[str, int] = {}
        for each in self._taken(*_OF_ONE):
            if plain(each.name) in wanted:
                counts[each.name] = counts.get(each.name, 0) + 100
        for each in self._taken("read", "delete"):
            if plain(each.name) in _NAMING and plain(each.name) in fields:
                counts[each.name] = counts.get(each.name, 0) + 1
        return max(counts, key=lambda name: counts[name], default="id")

    def _own(self, parameter: str) -> Own:
        fields = {plain(name): name for name in self.shapes.fields(self.schema)}
        if plain(parameter) not in _NAMING and plain(parameter) not in fields and "id" in fields:
            return Own(fields["id"])
        found = next((each for each in self._taken(*_OF_ONE) if each.name == parameter), None)
        kinds = self.shapes.kinds(found.schema) if found else frozenset()
        kind = "string" if "string" in kinds or not kinds else next(iter(kinds))
        return own_field(self.shapes, self.schema, parameter, kind, title_of(self.family))

    def _parents(self, own: str) -> Iterator[Key]:
        """The argument that names what resources lie in: taken when they are made, and when they are looked at."""
        made = {each.name for each in self._taken("create")}
        used = {each.name for each in self._taken("list", *_OF_ONE)}
        for other in self.families:
            titles = {title_of(other), f"{title_of(other)}_id", other.title, f"{other.title}_id"}
            fitting = [name for name in sorted(made & used - {own}) if plain(name) in titles]
            if other is not self.family and fitting:
                place, hidden = parent_field(self.shapes, self.schema, fitting[0], title_of(other), None)
                yield Key(fitting[0], place, self.names[id(other)], hidden, given=True)
                return

    def _roles(self) -> Iterator[Role]:
        for name, (does, wrapped) in self.family.does.items():
            operation = self.shapes.document.operation(name)
            taken = {each.name for each in self.arguments[name]}
            of_one = does in _OF_ONE
            keys = tuple(key for key in self.keys if key.parameter in taken and (of_one or key.collection))
            if operation is None or (of_one and self.keys[-1] not in keys):
                continue
            yield self._role(operation, does, wrapped, keys)

    def _role(self, operation: Operation, does: Does, wrapped: Wrapped | None, keys: tuple[Key, ...]) -> Role:
        listing = None
        if does == "list" and wrapped is not None:
            asked = replace(operation, parameters=self.arguments[operation.id])
            listing = listing_of(self.shapes, asked, wrapped, self.schema)
        return Role(
            operation=operation.id,
            does=does,
            on="item" if does in _OF_ONE else "collection",
            keys=keys,
            name=self.family.actions.get(operation.id, ""),
            answer=wrapped.place if wrapped else "",
            answers=self._answers(operation, wrapped, does),
            listing=listing,
        )

    def _answers(self, operation: Operation, wrapped: Wrapped | None, does: Does) -> Answers:
        if does == "list":
            return "list"
        if wrapped is None or not self._is_own(wrapped):
            return "other" if says(operation) else "nothing"
        return "resource"

    def _is_own(self, wrapped: Wrapped) -> bool:
        ours, theirs = self.shapes.name(self.schema), self.shapes.name(wrapped.schema)
        if ours and ours == theirs:
            return True
        named = bool(wrapped.place) and plain(wrapped.place) == title_of(self.family)
        return named or same_shape(self.shapes.fields(self.schema), self.shapes.fields(wrapped.schema))

    def _bodies(self, roles: Sequence[Role]) -> Iterator[Schema]:
        """What is accepted of a resource, together with what the query may say of it."""
        for role in roles:
            if role.does in ("create", "patch"):
                yield {"properties": {each.name: each.schema for each in self.arguments[role.operation]}}


def spoken_of(
    shapes: Shapes, families: list[Family], others: Sequence[Collection]
) -> tuple[list[Collection], list[Known]]:
    """The collections that paths speak of in verbs, and what relations have to know of them."""
    names: dict[int, str] = {}
    taken: dict[str, Any] = {each.name: each for each in others}
    for family in sorted(families, key=lambda each: len(each.nouns)):
        names[id(family)] = name_for(family, taken)
        taken[names[id(family)]] = family
    speaking = [Speaking(shapes, family, families, names) for family in families]
    made = [(each, each.collection()) for each in speaking]
    found = [(each, one) for each, one in made if one.roles]
    return [one for _, one in found], [each.known(one) for each, one in found]


def title_of(family: Family) -> str:
    """What one of them is called: as it is answered, else as it is spoken of."""
    place = plain(family.shown.place.rpartition(".")[2]) if family.shown else ""
    return place if place and not is_plural(place) and not _GENERIC.fullmatch(place) else family.title


def name_for(family: Family, taken: Mapping[str, Any]) -> str:
    """A name for the collection that is not taken yet."""
    name = family.title if is_plural(family.title) else _plural(family.title)
    for word in reversed(family.nouns[:-1]):
        if name not in taken:
            break
        name = f"{word}_{name}"
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique if not unique[0].isdigit() else f"n{unique}"


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
