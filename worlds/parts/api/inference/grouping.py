"""Operations grouped by the resources they are about: which paths list, hold or act on the same things."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from worlds.parts.api.document.document import Document
from worlds.parts.api.document.operation import Operation
from worlds.parts.api.inference.keys import parent_field
from worlds.parts.api.inference.naming import is_plural, plain, singular
from worlds.parts.api.inference.paths import Route
from worlds.parts.api.inference.shapes import Shapes, Wrapped, same_shape

Shape = tuple[str, ...]

_STREAMS: Final = ("watch", "watchlist", "connect", "proxy")
"""What Kubernetes calls operations that hold no resource."""


@dataclass(slots=True)
class Place:
    """One path with its operations."""

    route: Route
    operations: list[Operation] = field(default_factory=list)

    def method(self, *names: str) -> Operation | None:
        """The operation of the first of some methods that is there."""
        return next((each for name in names for each in self.operations if each.method == name), None)


@dataclass(slots=True)
class Group:
    """Places that are about one sort of resource."""

    word: str
    """The last segment that is no parameter: `charges`."""
    lists: list[Place] = field(default_factory=list)
    items: list[Place] = field(default_factory=list)
    actions: list[tuple[Place, str, bool]] = field(default_factory=list)
    """Places of what is done to one of them or to all, what it is called, and whether to one."""
    single: bool = False
    shown: Wrapped | None = None
    """How one of them is answered."""
    listed: Wrapped | None = None
    """How the list of them is answered."""

    @property
    def home(self) -> Shape:
        """The shortest path at which they are listed or stand."""
        places = self.items or self.lists
        return min((each.route.home for each in places), key=lambda shape: (shape.count("{}"), len(shape), shape))


@dataclass(slots=True)
class Grouper:
    """Finds the groups of one document."""

    document: Document
    shapes: Shapes
    places: dict[Shape, Place] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    by_item: dict[Shape, Group] = field(default_factory=dict)
    by_list: dict[Shape, Group] = field(default_factory=dict)
    spoken: Collection[str] = ()
    """Ids of operations that are no places."""

    def find(self) -> list[Group]:
        """All groups, in the document's order."""
        for operation in self.document.operations:
            if operation.extensions.get("x-kubernetes-action") in _STREAMS or operation.id in self.spoken:
                continue
            route = Route(operation.path)
            self.places.setdefault(route.shape, Place(route)).operations.append(operation)
        for shape in sorted(self.places, key=len):
            if self.places[shape].route.ends_with_parameter:
                self._add_item(shape, self.places[shape])
        left = [place for place in self.places.values() if not place.route.ends_with_parameter]
        left = [place for place in left if not self._add_list(place)]
        self._merge()
        for place in left:
            self._add_other(place)
        return self.groups

    def wrapped(self, operation: Operation | None, word: str) -> Wrapped | None:
        """What an operation answers when it works."""
        if operation is None or operation.success is None:
            return None
        return self.shapes.unwrap(operation.success[1].schema, word)

    def _add_item(self, shape: Shape, place: Place) -> None:
        word = place.route.last_word
        if not word:
            return
        home = place.route.home
        known = self.by_list.get(home)
        if known is not None and len(known.items[0].route.shape) < len(shape):
            last = place.route.parameters[-1]
            known.actions.append((place, plain(last), True))
            return
        if known is None:
            known = Group(word)
            self.groups.append(known)
            self.by_list[home] = known
        known.items.append(place)
        self.by_item[shape] = known
        known.shown = known.shown or self._shown(place, word)

    def _shown(self, place: Place, word: str) -> Wrapped | None:
        for method in ("GET", "PATCH", "PUT", "POST"):
            found = self.wrapped(place.method(method), word)
            if found is not None and not found.is_list and self.shapes.is_object(found.schema):
                return found
        return None

    def _add_list(self, place: Place) -> bool:
        """Whether the place lists or creates resources; it then belongs to their group, or to one of its own."""
        shape, word = place.route.shape, place.route.last_word
        listed = self.wrapped(place.method("GET"), word)
        known = self.by_list.get(shape)
        if known is not None:
            known.lists.insert(0, place)
            known.listed = known.listed or (listed if listed and listed.is_list else None)
            self._learn_from_create(known, place)
            return True
        if listed is None or not listed.is_list or not self.shapes.is_object(listed.schema):
            return self._is_create(place) and self._begin(place, None)
        return self._begin(place, listed)

    def _begin(self, place: Place, listed: Wrapped | None) -> bool:
        group = Group(place.route.last_word, [place], listed=listed)
        self.groups.append(group)
        self.by_list[place.route.shape] = group
        self._learn_from_create(group, place)
        return True

    def _learn_from_create(self, group: Group, place: Place) -> None:
        made = self.wrapped(place.method("POST"), group.word)
        if group.shown is None and made and not made.is_list and self.shapes.is_object(made.schema):
            group.shown = made

    def _is_create(self, place: Place) -> bool:
        """Whether a place without a list makes things that have an id, rather than doing something."""
        made = self.wrapped(place.method("POST"), place.route.last_word)
        if made is None or made.is_list or place.method("GET"):
            return False
        fields = self.shapes.fields(made.schema)
        has_id = any(plain(name) in ("id", "gid", "sid", "uuid", "uid") for name in fields)
        owner = self._owner(place.route.shape)
        same = owner is not None and owner.shown is not None and self._is_same(owner.shown, made)
        return has_id and not same and is_plural(place.route.last_word)

    def _is_same(self, first: Wrapped, second: Wrapped) -> bool:
        names = self.shapes.name(first.schema), self.shapes.name(second.schema)
        if all(names):
            return names[0] == names[1]
        return first.schema == second.schema

    def _owner(self, shape: Shape) -> Group | None:
        """The group whose item the path goes through last."""
        for end in range(len(shape) - 1, 0, -1):
            if shape[:end] in self.by_item:
                return self.by_item[shape[:end]]
        return None

    def _merge(self) -> None:
        """Put groups together that are about the same things reached in several ways."""
        kept: dict[str, list[Group]] = {}
        for group in sorted(self.groups, key=lambda each: (not each.items, len(each.home), each.home)):
            target = next((each for each in kept.get(group.word, ()) if self._belongs(group, each)), None)
            if target is None:
                kept.setdefault(group.word, []).append(group)
                continue
            target.lists += group.lists
            target.items += group.items
            target.listed = target.listed or group.listed
            target.shown = target.shown or group.shown
            for known in (self.by_item, self.by_list):
                known.update({shape: target for shape, each in known.items() if each is group})
            target.actions += group.actions
        survivors = {id(group) for groups in kept.values() for group in groups}
        self.groups = [group for group in self.groups if id(group) in survivors]

    def _belongs(self, group: Group, target: Group) -> bool:
        theirs = [each for each in (target.shown, target.listed) if each]
        ours = [each for each in (group.shown, group.listed) if each]
        names = {self.shapes.name(each.schema) for each in theirs} & {self.shapes.name(each.schema) for each in ours}
        if group.items and target.items:
            return bool(names - {""}) and self._shows_parents(group, target)
        if names - {""}:
            return True
        if not target.items:
            return False
        fields = [(self.shapes.fields(a.schema), self.shapes.fields(b.schema)) for a in theirs for b in ours]
        return any(same_shape(a, b) for a, b in fields)

    def _shows_parents(self, group: Group, target: Group) -> bool:
        """Whether the resources tell what they lie in by the other paths; else these hold links, not the resources."""
        schema = next((each.schema for each in (target.shown, target.listed) if each), {})
        known = {name for place in target.items for name in place.route.parameters}
        for place in group.items:
            for end, segment in enumerate(place.route.segments[:-1], start=1):
                owner = self.by_item.get(place.route.shape[:end])
                name = segment.partition("{")[2].partition("}")[0]
                if name and name not in known and owner is not None:
                    title = singular(owner.word)
                    if parent_field(self.shapes, schema, name, title, None)[1]:
                        return False
        return True

    def _add_other(self, place: Place) -> None:
        """A place that neither lists nor holds resources of a path: a single thing, or something to do."""
        shape, word = place.route.shape, place.route.last_word
        shown = self.wrapped(place.method("GET"), word)
        owner, rest = self._nearest(shape)
        thing = shown is not None and not shown.is_list and self.shapes.is_object(shown.schema)
        same = thing and owner is not None and owner.shown is not None and self._is_same(owner.shown, shown)  # type: ignore[arg-type]
        if thing and not same:
            group = Group(word, items=[place], single=True, shown=shown)
            self.groups.append(group)
            self.by_item[shape] = group
        elif owner is not None:
            owner.actions.append(
                (place, "_".join(plain(each) for each in rest if "{}" not in each), self._on_item(shape))
            )

    def _nearest(self, shape: Shape) -> tuple[Group | None, Shape]:
        for end in range(len(shape) - 1, 0, -1):
            for known in (self.by_item, self.by_list):
                if shape[:end] in known:
                    return known[shape[:end]], shape[end:]
        return None, shape

    def _on_item(self, shape: Shape) -> bool:
        return next(
            (shape[:end] in self.by_item for end in range(len(shape) - 1, 0, -1) if self._known(shape[:end])), False
        )

    def _known(self, shape: Shape) -> bool:
        return shape in self.by_item or shape in self.by_list


def names_for(groups: list[Group]) -> Iterator[tuple[Group, str]]:
    """A unique name for each group: its word, with words from before it where two would be the same."""
    taken: dict[str, Group] = {}
    for group in sorted(groups, key=lambda each: (not each.items and not each.lists, len(each.home), each.home)):
        words = [each for each in group.home if "{}" not in each] or [group.word]
        name = plain(words[-1]) or "things"
        for word in reversed(words[:-1]):
            if name not in taken:
                break
            name = f"{singular(word)}_{name}"
        number = 2
        unique = name
        while unique in taken:
            unique, number = f"{name}_{number}", number + 1
        taken[unique] = group
    chosen = {id(group): name for name, group in taken.items()}
    for group in groups:
        name = chosen[id(group)]
        yield group, name if not name[0].isdigit() else f"n{name}"
