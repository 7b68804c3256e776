"""Collections as they were inferred, with what the rules say about them laid over."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from worlds.parts.api.document import Document, Operation
from worlds.parts.api.engine.filling import properties_of
from worlds.parts.api.engine.kind import Kind
from worlds.parts.api.engine.misplaced import Misplaced
from worlds.parts.api.engine.variants import laid_together, variants_of
from worlds.parts.api.inference import Collection, IdStyle, Role
from worlds.parts.api.inference import Key as PathKey
from worlds.parts.api.rules import CollectionRules, RelationRule, Rules


def kinds_of(document: Document, inferred: tuple[Collection, ...], rules: Rules) -> dict[str, Kind]:
    """Every collection by name, as the engine works with it. Raises Misplaced for rules about nothing."""
    known = {each.name: each for each in inferred}
    for name, rule in rules.collections.items():
        if name not in known:
            known[name] = _declared(document, name, rule, list(known))
        known[name] = _overridden(document, known[name], rule)
    known = _without_moved({name: each for name, each in known.items() if not _is_dropped(name, rules)}, rules)
    kinds = {name: _kind(document, each, rules) for name, each in known.items()}
    return {name: replace(kind, children=tuple(_children(kind, kinds))) for name, kind in kinds.items()}


def _is_dropped(name: str, rules: Rules) -> bool:
    return name in rules.collections and rules.collections[name].drop


def _declared(document: Document, name: str, rule: CollectionRules, known: list[str]) -> Collection:
    if not (rule.path or rule.schema_name or rule.id):
        hint = f"known: {', '.join(known)}; a new one needs path, schema or id"
        raise Misplaced(("collections", name), f"there is no collection {name!r}", hint=hint)
    schema = document.schemas.get(rule.schema_name or "", {})
    return Collection(
        name,
        rule.path or "",
        rule.item or "",
        _last_parameter(rule.item or ""),
        rule.id_field or "id",
        IdStyle("prefixed", name[:2] + "_", 14),
        schema,
        keys=(PathKey(_last_parameter(rule.item or "") or "id", rule.id_field or "id"),),
        title=name.removesuffix("s"),
    )


def _last_parameter(path: str) -> str:
    return path.rpartition("{")[2].rpartition("}")[0] if "{" in path else ""


def _overridden(document: Document, collection: Collection, rule: CollectionRules) -> Collection:
    place = ("collections", collection.name)
    changed: dict[str, Any] = {}
    if rule.schema_name is not None:
        if rule.schema_name not in document.schemas:
            hint = f"known: {', '.join(sorted(document.schemas))}"
            raise Misplaced((*place, "schema"), f"there is no schema {rule.schema_name!r}", hint=hint)
        changed["schema"] = document.schemas[rule.schema_name]
    if rule.id_field is not None:
        own = [*collection.keys[:-1], *(replace(each, field=rule.id_field) for each in collection.keys[-1:])]
        changed |= {"id_field": rule.id_field, "keys": tuple(own)}
    if rule.parent is not None:
        changed["parent"] = rule.parent
    roles = {each.operation: each for each in collection.roles}
    for name, does in rule.operations.items():
        operation = document.operation(name)
        if operation is None:
            raise Misplaced((*place, "operations", name), f"there is no operation {name!r}")
        roles.pop(name, None)
        if does != "none":
            roles[name] = _role(collection, operation, does)
    return replace(collection, **changed, roles=tuple(roles.values()))


def _role(collection: Collection, operation: Operation, does: Any) -> Role:
    parameters = [each.name for each in operation.parameters if each.place == "path"]
    own = {key.parameter: key for key in collection.keys}
    keys = tuple(own.get(name, PathKey(name, name, hidden=True)) for name in parameters)
    if len(parameters) == 1 and parameters[0] not in own and collection.keys:
        keys = (replace(collection.keys[-1], parameter=parameters[0]),)
    on: Any = "item" if does in ("read", "replace", "patch", "delete") or (does == "action" and keys) else "collection"
    answers: Any = "list" if does == "list" else "resource"
    name = operation.path.rstrip("/").rpartition("/")[2] if does == "action" else ""
    return Role(operation.id, does, on, keys, name, answers=answers)


def _without_moved(known: Mapping[str, Collection], rules: Rules) -> dict[str, Collection]:
    """Operations that rules give to one collection are taken from the others."""
    owner = {name: collection for collection, rule in rules.collections.items() for name in rule.operations}
    return {
        name: replace(each, roles=tuple(one for one in each.roles if owner.get(one.operation, name) == name))
        for name, each in known.items()
    }


def _kind(document: Document, collection: Collection, rules: Rules) -> Kind:
    schema = document.resolve(collection.schema)
    variants = variants_of(document, schema)
    properties, required = laid_together(variants) if variants else properties_of(document, schema)
    tenants = rules.tenants
    tenant = tenants.field if tenants and (not tenants.collections or collection.name in tenants.collections) else ""
    own = rules.collections.get(collection.name, CollectionRules())
    return Kind(collection, own, schema, properties, required, tenant, variants=variants)


def _children(kind: Kind, kinds: Mapping[str, Kind]) -> Iterator[tuple[str, str, RelationRule]]:
    """Fields of other collections that name resources of this one, and what its deletion means for them."""
    for child in kinds.values():
        for place, relation in child.relations.items():
            if relation.to == kind.name:
                yield child.name, place, child.rules.relations.get(place) or RelationRule(to=kind.name)
        for key in child.collection.keys:
            if key.collection == kind.name and key.field not in child.relations:
                rule = child.rules.relations.get(key.field)
                yield child.name, key.field, rule or RelationRule(to=kind.name, on_delete="cascade")
