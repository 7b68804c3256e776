"""An API description that was read: its operations, its named schemas, and what could not be understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from worlds.parts.api.document.operation import NAMED, Operation, Schema


@dataclass(frozen=True, slots=True)
class Concern:
    """Something in a document that is not supported or cannot be right, and what is done about it."""

    message: str
    """What it is and what happens instead, in words for somebody who wrote the document."""
    file: str
    pointer: str
    """JSON pointer, e.g. `/paths/~1charges/get`."""
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message} (at {self.pointer or 'the document'})"


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI 3.0 or 3.1 document. Immutable; may be shared by everything that serves it."""

    file: str
    """What complaints call it."""
    openapi: str
    """The version it is written in, such as `3.0.3`."""
    title: str
    version: str
    description: str
    servers: tuple[str, ...]
    """URLs with their variables filled with defaults; `/` where none is given."""
    operations: tuple[Operation, ...]
    """In the document's order."""
    schemas: Mapping[str, Schema]
    """All that are named, and those that references elsewhere reach, under names made for them."""
    security_schemes: Mapping[str, Mapping[str, Any]]
    """Name to the scheme as written: `type` (apiKey, http, oauth2, openIdConnect), `in`, `name`, `scheme`, `flows`."""
    problems: tuple[Concern, ...] = ()
    """What is not supported, in the document's order: warnings for whoever serves it."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tag to its description."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The document as it was written, references and all (files beside it are not in here)."""
    _by_id: dict[str, Operation] = field(default_factory=dict, repr=False, compare=False)

    @property
    def base_path(self) -> str:
        """The path of the first server, such as `/v1`; empty for the root."""
        address = self.servers[0] if self.servers else "/"
        path = address.partition("://")[2].partition("/")[2] if "://" in address else address
        return ("/" + path.strip("/")).rstrip("/")

    def operation(self, name: str) -> Operation | None:
        """The operation of an id."""
        if not self._by_id:
            self._by_id.update((each.id, each) for each in self.operations)
        return self._by_id.get(name)

    def resolve(self, schema: Schema) -> Schema:
        """The schema that stands behind a reference, however many lead to it; anything else as it is.

        Keys beside the reference, which 3.1 allows, are laid over what it leads to. A reference in a circle that never
        reaches a schema is an empty schema.
        """
        seen: set[str] = set()
        beside: dict[str, Any] = {}
        while "$ref" in schema:
            name = name_of(schema["$ref"])
            if name in seen:
                return beside
            seen.add(name)
            beside = {**{key: value for key, value in schema.items() if key != "$ref"}, **beside}
            schema = self.schemas.get(name, {})
        return {**schema, **beside} if beside else schema


def name_of(reference: str) -> str:
    """The name of a schema that a normalised reference leads to."""
    return unquote(reference.removeprefix(NAMED)).replace("~1", "/").replace("~0", "~")


def reference_to(name: str) -> str:
    """The normalised reference to a named schema."""
    return NAMED + quote(name.replace("~", "~0").replace("/", "~1"), safe="~")
