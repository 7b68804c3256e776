"""Which fields name resources of other collections: by schema where it tells, else by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from worlds.parts.api.document.operation import Schema
from worlds.parts.api.inference.collection import Relation
from worlds.parts.api.inference.naming import singular, words_of
from worlds.parts.api.inference.shapes import Shapes

_ENDS: Final = ("id", "gid", "sid", "uid", "uuid", "ids", "gids", "sids", "uids", "uuids")


@dataclass(frozen=True, slots=True)
class Known:
    """What has to be known of a collection that fields may name."""

    name: str
    title: str
    schema_names: frozenset[str]
    """Of how one of them is read and how they are listed."""
    id_field: str
    id_is_text: bool
    path_depth: int
    roles_count: int
    parent: str = ""
    """The collection below whose resources these are, by nested paths."""

    @property
    def rank(self) -> tuple[int, int, str]:
        """The likeliest first: near the root, with much that can be done."""
        return (self.path_depth, -self.roles_count, self.name)


@dataclass(frozen=True, slots=True)
class Relating:
    """All collections by what fields call them."""

    shapes: Shapes
    known: Sequence[Known]

    def of(self, schema: Schema, id_field: str, own: str, fixed: Mapping[str, str]) -> tuple[Relation, ...]:
        """The relations of a resource; `own` is its collection, `fixed` maps fields to collections by their paths."""
        required = self.shapes.required(schema)
        found: dict[str, Relation] = {}
        for path, leaf in self.shapes.leaves(schema):
            if path == id_field:
                continue
            relation = self._fixed(path, fixed) or self._by_schema(path, leaf, own) or self._by_name(path, leaf, own)
            if relation is not None:
                needed = path.partition(".")[0].removesuffix("[]") in required
                found[path] = Relation(path, *relation, required=needed)
        return tuple(found.values())

    def _fixed(self, path: str, fixed: Mapping[str, str]) -> tuple[str, str, bool] | None:
        target = next((each for each in self.known if each.name == fixed.get(path)), None)
        return (target.name, target.id_field, False) if target else None

    def _by_schema(self, path: str, leaf: Schema, own: str) -> tuple[str, str, bool] | None:
        """A reference to another resource's schema: the resource itself, or its id where a text would do too."""
        if path.endswith("[]") is False and self.shapes.items(leaf) is not None:
            return None
        names = {self.shapes.name(each) for each in self.shapes.choices(leaf) if "$ref" in each} - {""}
        fitting = [each for each in self.known if each.schema_names & names]
        if not fitting:
            return None
        target = min(fitting, key=lambda each: each.rank)
        either = bool(self.shapes.kinds(leaf) & {"string", "integer"})
        if either and self._lies_below(target, own):
            return None
        return target.name, target.id_field, not either

    def _by_name(self, path: str, leaf: Schema, own: str) -> tuple[str, str, bool] | None:
        kinds = self.shapes.kinds(leaf) - {"null"}
        if kinds and not kinds & {"string", "integer"}:
            return None
        words = words_of(path.rpartition(".")[2].removesuffix("[]"))
        pointed = len(words) > 1 and words[-1] in _ENDS
        stem = words[:-1] if pointed else words
        resolved = self.shapes.document.resolve(leaf)
        if resolved.get("enum") or resolved.get("format") in ("date-time", "date", "uri", "email"):
            return None
        target = self._called(stem, exact=not pointed)
        if target is None or (not pointed and (not target.id_is_text or target.name == own or kinds != {"string"})):
            return None
        if not pointed and self._lies_below(target, own):
            return None
        return target.name, target.id_field, False

    def _lies_below(self, target: Known, own: str) -> bool:
        """Whether a collection belongs to single resources of another, which then have to be there before it.

        `labels` of an issue say what `/issues/{number}/labels` lists; `default_card_id` does point there.
        """
        parents = {each.name: each.parent for each in self.known}
        above = [target.parent]
        while above[-1] in parents and above[-1] != own and len(above) <= len(parents):
            above.append(parents[above[-1]])
        return above[-1] == own

    def _called(self, words: Sequence[str], *, exact: bool) -> Known | None:
        """The collection that some words mean; the last words will do where the field clearly holds an id."""
        for start in range(len(words)):
            name = singular("_".join(words[start:]))
            fitting = [each for each in self.known if name in (each.title, singular(each.name))]
            if fitting:
                return min(fitting, key=lambda each: each.rank)
            if exact:
                return None
        return None
