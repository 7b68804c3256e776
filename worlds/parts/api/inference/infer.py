"""Collections from a description: the parts put together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from worlds.parts.api.document.document import Document
from worlds.parts.api.document.operation import Operation, Schema
from worlds.parts.api.inference.collection import Collection, Does, IdStyle, Key, Role
from worlds.parts.api.inference.doing import does_to_all, does_to_one, says
from worlds.parts.api.inference.facts import read_only_of, stamps_of, state_of, unique_of, write_only_of
from worlds.parts.api.inference.grouping import Group, Grouper, Place, names_for
from worlds.parts.api.inference.idstyle import style_of
from worlds.parts.api.inference.keys import Own, keys_of, own_field, parameter_kind, plain_id
from worlds.parts.api.inference.listing import listing_of
from worlds.parts.api.inference.naming import singular
from worlds.parts.api.inference.paths import Route, parameter_in
from worlds.parts.api.inference.relating import Known, Relating
from worlds.parts.api.inference.shapes import Shapes, Wrapped, same_shape
from worlds.parts.api.inference.speaking import spoken_of
from worlds.parts.api.inference.spoken import families_of
from worlds.parts.api.places import value_at

Answers = Literal["resource", "list", "nothing", "other"]


def collections_of(document: Document) -> tuple[Collection, ...]:
    """The collections behind an API, in the document's order."""
    shapes = Shapes(document)
    families = families_of(document, shapes)
    grouper = Grouper(document, shapes, spoken={name for family in families for name in family.does})
    names = {id(group): name for group, name in names_for(grouper.find())}
    titles = {names[id(group)]: singular(group.word) for group in grouper.groups}
    ranks = {each.id: number for number, each in enumerate(document.operations)}
    makers = [_Maker(shapes, grouper, group, names, ranks, titles) for group in grouper.groups]
    collections = [maker.collection() for maker in makers]
    known = [maker.known(each) for maker, each in zip(makers, collections, strict=True) if not each.single]
    spoken, known_too = spoken_of(shapes, families, collections)
    relating = Relating(shapes, [*known, *known_too])
    return tuple(_related(each, relating) for each in (*collections, *spoken))


def unplaced(document: Document, collections: Sequence[Collection]) -> tuple[Operation, ...]:
    """The operations that belong to no collection: answered from their schemas alone."""
    placed = {role.operation for each in collections for role in each.roles}
    return tuple(each for each in document.operations if each.id not in placed)


def _related(collection: Collection, relating: Relating) -> Collection:
    fixed = {key.field: key.collection for key in collection.keys if key.collection and not key.hidden}
    fixed |= {
        key.field: key.collection
        for role in collection.roles
        for key in role.keys
        if key.collection not in ("", collection.name) and not key.hidden
    }
    return replace(collection, relations=relating.of(collection.schema, collection.id_field, collection.name, fixed))


@dataclass(slots=True)
class _Maker:
    """Makes one collection."""

    shapes: Shapes
    grouper: Grouper
    group: Group
    names: Mapping[int, str]
    ranks: Mapping[str, int]
    """Operation id to its place in the document."""
    titles: Mapping[str, str]
    """Collection to what one of them is called."""
    title: str = ""
    primary: Route | None = None
    primary_keys: tuple[Key, ...] = ()
    schema: Schema = field(default_factory=dict)
    own: Own = field(default_factory=lambda: Own("id"))

    def collection(self) -> Collection:
        """The collection, without relations."""
        group, ranks = self.group, self.ranks
        self.title = singular(group.word)
        self.schema = self._schema()
        place = min(group.items, key=lambda each: (len(each.route.parameters), len(each.route.shape)), default=None)
        self.own = self._own(place)
        keys = self._keys(place.route if place else group.lists[0].route)
        self.primary, self.primary_keys = (place.route, keys) if place else (None, ())
        roles = tuple(sorted(self._roles(), key=lambda role: ranks[role.operation]))
        bodies = [body for role in roles if (body := self._body_schema(role)) is not None]
        chosen = any(self.own.field.partition(".")[0] in self.shapes.required(body) for body in bodies)
        style = self._style(place, chosen)
        stamps = stamps_of(self.shapes, self.schema)
        return Collection(
            name=self.names[id(group)],
            path=self._path(place),
            item_path=place.route.path if place else "",
            id_parameter=place.route.parameters[-1] if place and not group.single else "",
            id_field=self.own.field,
            id=style,
            schema=self.schema,
            single=group.single,
            parent=next((key.collection for key in reversed(keys) if key.collection), ""),
            keys=keys,
            roles=roles,
            stamps=stamps,
            read_only=read_only_of(
                self.shapes, self.schema, bodies, "" if group.single else self.own.field, style.kind == "name", stamps
            ),
            write_only=write_only_of(self.shapes, self.schema, bodies),
            unique=unique_of(self.shapes, self.schema, self.own.field, self._tells_conflicts(roles)),
            state=state_of(self.shapes, self.schema),
            title=self.title,
            id_hidden=self.own.hidden,
        )

    def known(self, collection: Collection) -> Known:
        """What relations have to know of the collection."""
        shown = [each for each in (self.group.shown, self.group.listed) if each is not None]
        names = {self.shapes.name(each.schema) for each in shown} - {""}
        return Known(
            name=collection.name,
            title=collection.title,
            schema_names=frozenset() if self.own.hidden else frozenset(names),
            id_field=collection.id_field,
            id_is_text=collection.id.kind != "integer",
            path_depth=(collection.item_path or collection.path).count("/"),
            roles_count=len(collection.roles),
            parent=collection.parent,
        )

    def _schema(self) -> Schema:
        for known in (self.group.shown, self.group.listed):
            if known is not None and self.shapes.is_object(known.schema):
                return known.schema
        for place in [*self.group.lists, *self.group.items]:
            for operation in place.operations:
                if operation.method in ("POST", "PUT") and operation.body is not None:
                    found = self.shapes.unwrap(operation.body.media[1].schema, self.group.word)
                    if found is not None and not found.is_list:
                        return found.schema
        return self.group.listed.schema if self.group.listed else {}

    def _own(self, place: Place | None) -> Own:
        if self.group.single:
            return Own("id", hidden="id" not in self.shapes.fields(self.schema))
        if place is None:
            return plain_id(self.shapes, self.schema)
        parameter = place.route.parameters[-1]
        kind = parameter_kind(place.operations, parameter, self.shapes.kinds)
        return own_field(self.shapes, self.schema, parameter, kind, self.title)

    def _path(self, place: Place | None) -> str:
        if self.group.single and place is not None:
            return place.route.path
        home = place.route.home if place else None
        same = [each for each in self.group.lists if each.route.shape == home]
        if same or self.group.lists:
            return (same or self.group.lists)[0].route.path
        assert place is not None, "a group has a list or an item"
        return place.route.path.rpartition("/{")[0]

    def _style(self, place: Place | None, chosen: bool) -> IdStyle:
        examples: list[Any] = []
        for each in [*self.group.items, *self.group.lists]:
            for operation in each.operations:
                examples += self._shown_ids(operation)
        for operation in place.operations if place else ():
            found = (
                operation.parameter(place.route.parameters[-1], "path") if place and place.route.parameters else None
            )
            if found is not None:
                examples += [*found.examples, *self.shapes.document.resolve(found.schema).get("examples", ())]
        style = style_of(self.shapes, self.schema, self.own.field, self.title, examples, chosen)
        if self.own.hidden and place and not self.group.single:
            kind = parameter_kind(place.operations, place.route.parameters[-1], self.shapes.kinds)
            return IdStyle("integer", text=False) if kind == "integer" else style
        return style

    def _shown_ids(self, operation: Operation) -> Iterator[Any]:
        """Ids in examples of answers."""
        if operation.success is None:
            return
        for media in operation.success[1].content.values():
            wrapped = self.shapes.unwrap(media.schema, self.group.word)
            for example in media.examples[:3]:
                found = value_at(example, wrapped.place) if wrapped and isinstance(example, dict) else example
                first = found[0] if isinstance(found, list) and found else found
                value = value_at(first, self.own.field)
                if isinstance(value, str | int) and not isinstance(value, bool):
                    yield value

    def _keys(self, route: Route, own: str | None = None) -> tuple[Key, ...]:
        """What the parameters of a path mean; the last one is the own id where the path ends with it."""
        owners: dict[str, str] = {}
        for end, segment in enumerate(route.segments, start=1):
            if "{" in segment:
                group = self.grouper.by_item.get(route.shape[:end])
                if group is not None and group is not self.group and id(group) in self.names:
                    owners[parameter_in(segment)] = self.names[id(group)]
        if own is None and route.ends_with_parameter and not self.group.single:
            own = route.parameters[-1]
        keys = keys_of(
            self.shapes, self.schema, route.parameters, owners, self.titles, (own, self.own) if own else None
        )
        return self._as_primary(route, keys)

    def _as_primary(self, route: Route, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        """Parameters called otherwise in another path mean what those of the primary path mean."""
        if self.primary is None or route.shape[: len(self.primary.shape)] != self.primary.shape:
            return keys
        count = len(self.primary.parameters)
        same = (replace(first, parameter=key.parameter) for first, key in zip(self.primary_keys, keys, strict=False))
        return (*same, *keys[count:]) if self.primary_keys else keys

    def _roles(self) -> Iterator[Role]:
        for place in self.group.lists:
            for operation in place.operations:
                yield self._role(operation, place.route, does_to_all(operation), "collection")
        for place in self.group.items:
            for operation in place.operations:
                yield self._role(
                    operation, place.route, does_to_one(self.shapes, operation, place, single=self.group.single), "item"
                )
        for place, name, on_item in self.group.actions:
            for operation in place.operations:
                yield self._action(operation, place.route, name, on_item)

    def _role(
        self, operation: Operation, route: Route, does: Does, on: Literal["collection", "item"], name: str = ""
    ) -> Role:
        wrapped = self.grouper.wrapped(operation, self.group.word)
        body = self.shapes.unwrap(operation.body.media[1].schema, self.group.word) if operation.body else None
        if does == "list" and wrapped is None and not says(operation):
            wrapped = Wrapped("", self.schema, True)
        if does == "list" and (wrapped is None or not wrapped.is_list):
            does, name = "action", name or "list"
        if does == "action" and not name:
            name = operation.method.lower()
        return Role(
            operation=operation.id,
            does=does,
            on=on,
            keys=self._keys(route),
            name=name,
            answer=wrapped.place if wrapped else "",
            answers=self._answers(operation, wrapped, does),
            body=body.place if body is not None and not body.is_list else "",
            listing=listing_of(self.shapes, operation, wrapped, self.schema) if does == "list" and wrapped else None,
        )

    def _action(self, operation: Operation, route: Route, name: str, on_item: bool) -> Role:
        """Something done at a path below: reading and writing a view of the resource where the schema is the same."""
        wrapped = self.grouper.wrapped(operation, self.group.word)
        same = wrapped is not None and not wrapped.is_list and self._is_own(wrapped)
        table: Mapping[str, Does] = {"GET": "read", "PUT": "replace", "PATCH": "patch"}
        does: Does = table.get(operation.method, "action") if same and on_item else "action"
        called = name if operation.method in ("POST", "PUT", "PATCH") else f"{operation.method.lower()}_{name}"
        own = self._own_parameter(route) if on_item else ""
        role = self._role(operation, route, does, "item" if on_item else "collection", called)
        return replace(role, keys=self._keys(route, own=own))

    def _own_parameter(self, route: Route) -> str:
        """The parameter of a longer path that names the resource."""
        found = ""
        for end, segment in enumerate(route.segments, start=1):
            if "{" in segment and self.grouper.by_item.get(route.shape[:end]) is self.group:
                found = parameter_in(segment)
        return found

    def _is_own(self, wrapped: Wrapped) -> bool:
        ours, theirs = self.shapes.name(self.schema), self.shapes.name(wrapped.schema)
        if ours and theirs and ours == theirs:
            return True
        return same_shape(self.shapes.fields(self.schema), self.shapes.fields(wrapped.schema))

    def _answers(self, operation: Operation, wrapped: Wrapped | None, does: Does) -> Answers:
        if wrapped is None:
            if says(operation):
                return "other"
            empty = operation.success is not None and operation.success[0] == "204"
            return "resource" if does in ("create", "read", "replace", "patch") and not empty else "nothing"
        if wrapped.is_list:
            return "list" if self._is_own(wrapped) or does == "list" else "other"
        usual = does in ("create", "read", "replace", "patch")
        return "resource" if self._is_own(wrapped) or (usual and not self.shapes.fields(wrapped.schema)) else "other"

    def _body_schema(self, role: Role) -> Schema | None:
        if role.does not in ("create", "replace", "patch") or role.name:
            return None
        operation = self.shapes.document.operation(role.operation)
        if operation is None or operation.body is None:
            return None
        found = self.shapes.unwrap(operation.body.media[1].schema, self.group.word)
        return found.schema if found is not None and not found.is_list else None

    def _tells_conflicts(self, roles: Sequence[Role]) -> bool:
        found = (self.shapes.document.operation(role.operation) for role in roles if role.does == "create")
        return any(each is not None and "409" in each.responses for each in found)
