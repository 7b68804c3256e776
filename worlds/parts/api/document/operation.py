"""What one operation of an API description asks for and answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Schema = Mapping[str, Any]
"""A JSON Schema of the 2020-12 draft, read-only by agreement. `$ref`s in it are always `#/components/schemas/NAME`
with a name of `Document.schemas`, and may form cycles; what a 3.0 document wrote is already normalised."""

NAMED = "#/components/schemas/"
"""How every reference in a schema begins; what follows is a name of `Document.schemas`, escaped as in a pointer."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation, those of its path included."""

    name: str
    """As it is written in the document, case and all."""
    place: Literal["path", "query", "header", "cookie"]
    required: bool
    schema: Schema
    """What its value must be; where the document gave `content`, the schema of that content."""
    description: str = ""
    style: str = "form"
    """`form`, `simple`, `deepObject`, `spaceDelimited`, `pipeDelimited`, `label`, `matrix`, or `json` for `content`."""
    explode: bool = True
    deprecated: bool = False
    examples: tuple[Any, ...] = ()
    place_in_document: str = ""
    """JSON pointer."""


@dataclass(frozen=True, slots=True)
class Media:
    """What a body is in one media type."""

    schema: Schema
    """An empty mapping where the document does not say."""
    examples: tuple[Any, ...] = ()
    """Whole bodies given as examples, in the document's order."""
    encoding: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """For forms: property to how it is written (`style`, `explode`, `contentType`), as in the document."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries."""

    required: bool
    content: Mapping[str, Media]
    """Media type (lower case, without parameters) to what it is, in the document's order."""
    description: str = ""

    @property
    def media(self) -> tuple[str, Media]:
        """The media type that one would choose: JSON where it is accepted, else a form, else the first."""
        return chosen(self.content)


@dataclass(frozen=True, slots=True)
class Answered:
    """What an operation answers with one status."""

    description: str
    content: Mapping[str, Media] = field(default_factory=dict)
    """Media type to what it is; empty where the answer has no body."""
    headers: Mapping[str, Schema] = field(default_factory=dict)
    """Header name as written to the schema of its value."""

    @property
    def schema(self) -> Schema | None:
        """The schema of the body in the media type that one would choose; None without a body."""
        return chosen(self.content)[1].schema if self.content else None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path."""

    id: str
    """The document's operationId, or one made from method and path; unique in the document."""
    method: str
    """In upper case: GET, PUT, POST, DELETE, OPTIONS, HEAD, PATCH, TRACE."""
    path: str
    """As it is written in the document (`/charges/{id}/refunds`), without the servers' base path."""
    summary: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    """Its own and its path's, the path's first unless overridden; no two of the same name and place."""
    body: Body | None
    responses: Mapping[str, Answered]
    """`200`, `4XX` or `default` to what is answered, in the document's order."""
    security: tuple[Mapping[str, tuple[str, ...]], ...]
    """Alternatives: each maps names of `Document.security_schemes` to scopes. Empty: none is needed; an empty mapping
    among them: it may be left out."""
    deprecated: bool
    place: str
    """JSON pointer of the operation in the document."""
    named: bool = True
    """Whether the document gave the id."""
    extensions: Mapping[str, Any] = field(default_factory=dict)
    """What stands at the operation under keys that begin with `x-`."""

    def parameter(self, name: str, place: str) -> Parameter | None:
        """The parameter of a name in a place (header names in any case)."""
        for each in self.parameters:
            same = each.name == name or (place == "header" and each.name.lower() == name.lower())
            if same and each.place == place:
                return each
        return None

    @property
    def success(self) -> tuple[str, Answered] | None:
        """The first answer that stands for success: (status, what is answered), as ("200", ...) or ("2XX", ...).

        `default` counts where no other is declared.
        """
        for status, answered in self.responses.items():
            if status.startswith("2"):
                return status, answered
        default = self.responses.get("default")
        return ("default", default) if default and len(self.responses) == 1 else None


def chosen(content: Mapping[str, Media]) -> tuple[str, Media]:
    """The media type that one would choose: JSON, else something like JSON, else a form, else the first.

    An empty mapping answers with JSON of any shape.
    """
    order = ("application/json", "+json", "json", "application/x-www-form-urlencoded", "multipart/form-data")
    for wanted in order:
        for name, media in content.items():
            if name.endswith(wanted):
                return name, media
    return next(iter(content.items()), ("application/json", Media({})))
