"""Resources that have one of several shapes: a source is a card or a bank account."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from worlds.parts.api.document import Document, Schema
from worlds.parts.api.document.document import name_of
from worlds.parts.api.engine.filling import properties_of

_CHOICES_MAX: Final = 50
_NO_RESOURCE: Final = re.compile(r"delet|error", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the shapes."""

    name: str
    """Of its schema; empty for one that has none."""
    schema: Schema
    """As the choice holds it."""
    properties: Mapping[str, Schema]
    """Those around the choice included."""
    required: tuple[str, ...]


def variants_of(document: Document, schema: Schema) -> tuple[Variant, ...]:
    """The shapes between which a resource's schema leaves the choice; none where there is one shape alone."""
    outside = {key: value for key, value in schema.items() if key not in ("oneOf", "anyOf", "discriminator")}
    found = []
    for choice in _choices(schema):
        name = name_of(choice["$ref"]) if "$ref" in choice else ""
        if properties_of(document, choice)[0] and not _NO_RESOURCE.search(name):
            found.append(Variant(name, choice, *properties_of(document, {"allOf": [outside, choice]})))
    return tuple(found) if len(found) > 1 else ()


def _choices(schema: Schema) -> Iterator[Schema]:
    for keyword in ("oneOf", "anyOf"):
        yield from schema.get(keyword, ())[:_CHOICES_MAX]


def laid_together(variants: Sequence[Variant]) -> tuple[dict[str, Schema], tuple[str, ...]]:
    """What a resource of any shape may have, and what all of them require."""
    properties: dict[str, Schema] = {}
    for each in variants:
        properties = {**each.properties, **properties}
    return properties, tuple(name for name in variants[0].required if all(name in each.required for each in variants))


def likeliest_first(schema: Schema, variants: Sequence[Variant], record: Mapping[str, Any]) -> list[Variant]:
    """The shapes, the one that the discriminator names in front."""
    told = schema.get("discriminator", {})
    value = str(record.get(told.get("propertyName", ""), ""))
    meant = name_of(told.get("mapping", {}).get(value, value)) if value else ""
    return sorted(variants, key=lambda each: each.name != meant or not meant)
