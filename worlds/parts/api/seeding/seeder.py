"""Believable resources for the collections of an API: valid by their schemas, related, the same on every machine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from worlds.chance import Chance, Identity
from worlds.errors import WorldError
from worlds.parts.api.checking.checker import Checker, Complaint
from worlds.parts.api.document.document import Document
from worlds.parts.api.document.operation import Schema
from worlds.parts.api.inference.collection import Collection, Key, Relation
from worlds.parts.api.inference.shapes import Shapes
from worlds.parts.api.places import value_at
from worlds.parts.api.seeding.draws import Luck, salt_of
from worlds.parts.api.seeding.filling import Filling
from worlds.parts.api.seeding.ids import seeded_id
from worlds.parts.api.seeding.plans import Plan, Planner, made
from worlds.parts.api.seeding.relating import Shape, agreeing, all_keys, like, overlaid, parents_first, with_value
from worlds.parts.api.seeding.repairing import exchange
from worlds.parts.api.seeding.scalars import time_text

Resource = dict[str, Any]

_STREAM: Final = "api filler"
_DAYS_BACK: Final = 400
_DAY_NS: Final = 86_400 * 10**9
_SAMPLES: Final = 12
_REPAIRS_MAX: Final = 60
_TRIES: Final = 50
COUNT_USUAL: Final = 12
"""How many resources a collection gets of which nobody said anything."""


def usual_counts(collections: Iterable[Collection]) -> dict[str, int]:
    """How many resources each collection gets of which nobody said anything: a single thing is there once."""
    return {each.name: 1 if each.single and not each.parent else COUNT_USUAL for each in collections}


def seeded(
    document: Document,
    collections: Sequence[Collection],
    counts: Mapping[str, int],
    chance: Chance,
    now_ns: int,
    given: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    checker: Checker | None = None,
) -> dict[str, list[Resource]]:
    """New resources by collection, oldest first; `given` are those that stand there already.

    What is there just once for each resource of another collection comes once for each, if it was asked for at all.

    Raises WorldError for a collection that is not there, a negative count, or ids that run out.
    """
    known = {each.name: each for each in collections}
    for name, count in counts.items():
        if name not in known or count < 0:
            raise WorldError(f"generate: {name}: {count}", hint=f"a count of 0 or more for one of: {', '.join(known)}")
    seeder = Seeder(document, checker or Checker(document), chance, now_ns, known)
    seeder.made = {name: list(map(dict, resources)) for name, resources in (given or {}).items()}
    found: dict[str, list[Resource]] = {}
    for collection in parents_first(collections):
        count = counts.get(collection.name, 0)
        if collection.single and count:
            count = len(seeder.made.get(collection.parent, ())) if collection.parent else 1
        found[collection.name] = list(seeder.resources(collection, count))
    return {name: found[name] for name in known if found.get(name)}


@dataclass(slots=True)
class Seeder:
    """Makes resources one collection after the other, and remembers them for those that name them."""

    document: Document
    checker: Checker
    chance: Chance
    now_ns: int
    collections: Mapping[str, Collection]
    made: dict[str, list[Resource]] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)

    def answer(self, schema: Schema, name: str, key: str) -> Any:
        """A believable value of any schema, for an answer of an operation; the same for the same name and key."""
        plan = self._plan(schema, name, name)
        return made(plan, self._filling(name, key, 0, 1, 0, name))

    def resources(self, collection: Collection, count: int) -> Iterator[Resource]:
        """That many resources of a collection, oldest first."""
        if not count:
            return
        held = self.made.setdefault(collection.name, [])
        shape = Shape.of(collection, Shapes(self.document))
        taken = {shape.identity(each) for each in held}
        uniques = {name: {value_at(each, name) for each in held} for name in collection.unique}
        numbers: dict[Any, int] = {}
        for number in range(count):
            resource = self._one(shape, number, count, taken, uniques, numbers)
            if resource is None:
                return
            held.append(resource)
            yield resource

    def _one(
        self,
        shape: Shape,
        number: int,
        count: int,
        taken: set[Any],
        uniques: Mapping[str, set[Any]],
        numbers: dict[Any, int],
    ) -> Resource | None:
        collection = shape.collection
        plan = self._plan(collection.schema, collection.name, collection.title)
        for attempt in range(_TRIES):
            filling = self._filling(collection.name, "", number, count, attempt, collection.title)
            record = made(plan, filling)
            record = record if isinstance(record, dict) else {}
            record = self._related(collection, record, filling, number / count)
            record = self._placed(shape, record, filling, number / count)
            record = self._stamped(shape, record, filling)
            record = self._agreeing(shape, record)
            lies_in = shape.around(record)
            record = self._identified(collection, record, filling, numbers.setdefault(lies_in, 0))
            identity = shape.identity(record)
            clash = any(value_at(record, name) in values for name, values in uniques.items() if value_at(record, name))
            if identity in taken or not clash:
                numbers[lies_in] += 1
            if identity in taken or clash:
                if collection.single:
                    return None
                continue
            taken.add(identity)
            for name, values in uniques.items():
                values.add(value_at(record, name))
            return record
        raise WorldError(f"generate: {collection.name}: no unused ids are left after {number}", hint="ask for fewer")

    def _filling(self, name: str, key: str, number: int, count: int, attempt: int, title: str) -> Filling:
        seed = self.chance.raw(_STREAM, Identity(name, key.encode(), number + 1), f"{attempt}")
        luck = Luck(int.from_bytes(seed, "big"))
        # older resources have smaller numbers, as if they had been created one after the other
        ago = _DAYS_BACK * _DAY_NS * (1 - (number + luck.unit("born")) / max(count, 1))
        return Filling(luck, self.now_ns, self.now_ns - int(ago) - 60 * 10**9, number, attempt, {}, title)

    def _plan(self, schema: Schema, name: str, title: str) -> Plan:
        if name not in self.plans:
            planner = Planner(self.document, Shapes(self.document))
            plan = planner.plan(schema, title)
            self.plans[name] = self._repaired(schema, plan, name, title)
        return self.plans[name]

    def _repaired(self, schema: Schema, plan: Plan, name: str, title: str) -> Plan:
        """The plan after fields whose values do not fit were exchanged or left out."""
        for _ in range(_REPAIRS_MAX):
            wrong = self._misfit(schema, plan, name, title)
            if wrong is None:
                break
            if not exchange(plan, wrong):
                other = plan.spare() if plan.spare is not None else None
                if other is None:
                    break
                plan = other
        return plan

    def _misfit(self, schema: Schema, plan: Plan, name: str, title: str) -> Complaint | None:
        for number in range(_SAMPLES):
            value = made(plan, self._filling(f"sample of {name}", "", number, _SAMPLES, 0, title))
            complaints = self.checker.complaints(schema, value, "answer")
            if complaints:
                return max(complaints, key=lambda each: len(each.place))
        return None

    def _related(self, collection: Collection, record: Resource, filling: Filling, share: float) -> Resource:
        """With fields that name other resources; copies of these only where they fit the schema."""
        related = record
        for relation in collection.relations:
            related = self._with_relation(related, relation, filling, share)
        copied = any(relation.embedded for relation in collection.relations)
        if copied and related is not record and not self.checker.fits(collection.schema, related, "answer"):
            related = record
            for relation in collection.relations:
                if not relation.embedded:
                    related = self._with_relation(related, relation, filling, share)
        return related

    def _placed(self, shape: Shape, record: Resource, filling: Filling, share: float) -> Resource:
        """With the fields that its paths' parameters mean."""
        parent = self._parent(shape.collection, filling, share)
        for key in shape.placing:
            record = self._with_key(shape.collection, record, key, parent, filling, share)
        return record

    def _parent(self, collection: Collection, filling: Filling, share: float) -> Resource | None:
        if collection.single and collection.parent:
            pool = self.made.get(collection.parent, ())
            return pool[filling.number] if filling.number < len(pool) else None
        return self._pick(collection.parent, filling, share, "parent") if collection.parent else None

    def _pick(self, name: str, filling: Filling, share: float, draw: str) -> Resource | None:
        """A resource of a collection, not younger than the one that names it where there are some."""
        pool = self.made.get(name, ())
        if not pool:
            return None
        old_enough = max(1, int(len(pool) * (share + 1 / len(pool))))
        return pool[filling.luck.below(min(old_enough, len(pool)), f"pick.{draw}")]

    def _with_relation(self, record: Resource, relation: Relation, filling: Filling, share: float) -> Resource:
        if relation.field.endswith("[]"):
            return self._with_several(record, relation, filling, share)
        if "[]" in relation.field or relation.field.partition(".")[0] not in record:
            return record
        held = value_at(record, relation.field)
        target = self._pick(relation.to, filling, share, relation.field)
        if held is None or target is None:
            dangling = target is None and held is not None and not relation.embedded and not relation.required
            return self._without(record, relation.field) if dangling else record
        if relation.embedded:
            return with_value(record, relation.field, overlaid(held, target))
        return with_value(record, relation.field, like(held, value_at(target, relation.target)))

    def _without(self, record: Resource, path: str) -> Resource:
        """A field that would name what is not there: left out at the top, else as it is."""
        return {name: value for name, value in record.items() if name != path} if "." not in path else record

    def _with_several(self, record: Resource, relation: Relation, filling: Filling, share: float) -> Resource:
        path = relation.field.removesuffix("[]")
        held = value_at(record, path)
        if not isinstance(held, list) or "[]" in path:
            return record
        found: list[Any] = []
        for number, each in enumerate(held):
            target = self._pick(relation.to, filling, share, f"{path}.{number}")
            if target is None:
                continue
            value = overlaid(each, target) if relation.embedded else like(each, value_at(target, relation.target))
            if value not in found:
                found.append(value)
        return with_value(record, path, found) if found or not relation.embedded else record

    def _with_key(
        self,
        collection: Collection,
        record: Resource,
        key: Key,
        parent: Resource | None,
        filling: Filling,
        share: float,
    ) -> Resource:
        above = self.collections.get(collection.parent)
        value = None
        if parent is not None and above is not None:
            if key.collection == above.name:
                value = value_at(parent, above.id_field)
            else:
                same = next((each for each in all_keys(above) if each.parameter == key.parameter), None)
                value = value_at(parent, same.field) if same else None
        if value is None and key.collection and key.collection in self.collections:
            target = self._pick(key.collection, filling, share, key.field)
            value = value_at(target, self.collections[key.collection].id_field) if target else None
        if value is None:
            return record
        held = value_at(record, key.field)
        return with_value(record, key.field, like(held, value) if held is not None else value)

    def _stamped(self, shape: Shape, record: Resource, filling: Filling) -> Resource:
        for stamp in shape.stamps:
            if value_at(record, stamp.field) is None:
                continue
            when = filling.born_ns
            if stamp.on == "update":
                gap = min(filling.now_ns - when, 30 * _DAY_NS)
                when += int(filling.luck.unit("updated") ** 3 * max(gap, 0))
            record = with_value(record, stamp.field, time_text(when, stamp.form))
        return record

    def _agreeing(self, shape: Shape, record: Resource) -> Resource:
        """In agreement with its state, where the schema allows that."""
        told = agreeing(shape, record) if shape.states else record
        return told if told == record or self.checker.fits(shape.collection.schema, told, "answer") else record

    def _identified(self, collection: Collection, record: Resource, filling: Filling, number: int) -> Resource:
        if collection.single and value_at(record, collection.id_field) is None:
            return record
        style = collection.id
        luck = Luck(filling.luck.seed ^ salt_of("id"))
        value = seeded_id(style, number, luck, record, collection.title)
        if style.kind == "name":
            held = value_at(record, collection.id_field)
            value = self._fitting_name(collection, record, held, value)
        return with_value(record, collection.id_field, value)

    def _fitting_name(self, collection: Collection, record: Resource, held: Any, slug: Any) -> Any:
        """A short name where the schema allows it, else the value that the schema's plan made."""
        if not isinstance(held, str) or not held:
            return slug
        plan = self.plans[collection.name].fields.get(collection.id_field)
        fits = (
            plan is None
            or " " in held
            or self.checker.fits(collection.schema, with_value(record, collection.id_field, slug), "answer")
        )
        return slug if fits else held
