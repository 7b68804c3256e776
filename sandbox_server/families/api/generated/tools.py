"""The tools that a generator makes of an API description: one for each operation."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox_server.families.api.generated.converting import converted
from sandbox_server.families.api.generated.flattening import Argument, flattened
from sandbox_server.families.api.generated.inlining import Inliner
from sandbox_server.families.api.generated.routes import Reader, Route
from worlds.parts.api.document import Document

NAME_LETTERS_MAX: Final = 56
WRAPS: Final = "x-fastmcp-wrap-result"
_JSON_TYPES: Final = (
    "application/json", "application/vnd.api+json", "application/hal+json", "application/ld+json", "text/json",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tool:
    """One operation as a tool."""

    name: str
    route: Route
    description: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any] | None
    places: Mapping[str, Argument]
    """Each argument's place in the request."""

    @property
    def wraps(self) -> bool:
        """Whether its answers are wrapped, because they are no objects."""
        return bool(self.output_schema and self.output_schema.get(WRAPS))


def tools_of(document: Document) -> tuple[Tool, ...]:
    """All operations as tools, in the generator's order."""
    return tuple(_Maker(document).tools())


class _Maker:
    """What the tools of one description share."""

    def __init__(self, document: Document) -> None:
        self.openapi = document.openapi
        self.reader = Reader(document)
        self.written = self.reader.definitions()
        asked = {name: converted(each, self.openapi) for name, each in self.written.items()}
        answered = {
            name: converted(each, self.openapi, self.written, answered=True) for name, each in self.written.items()
        }
        self.asked, self.answered = Inliner(asked), Inliner(answered)

    def tools(self) -> Iterator[Tool]:
        """One tool after the other."""
        names = _Names()
        for route in self.reader.routes():
            flat = flattened(route, self.written)
            yield Tool(
                names.unique(_name(route)),
                route,
                description_of(route),
                self.asked.inlined(converted(flat.schema, self.openapi), _made_of(route)),
                self._output(route),
                flat.places,
            )

    def _output(self, route: Route) -> dict[str, Any] | None:
        """What success is answered with, wrapped where it is no object."""
        if not route.status.startswith("2") or not route.answered:
            return None
        written = next((route.answered[kind] for kind in _JSON_TYPES if kind in route.answered), None)
        written = next(iter(route.answered.values())) if written is None else written
        if not written:
            return None
        schema = converted(written, self.openapi, self.written, answered=True)
        if schema.get("type") != "object":
            schema = {"type": "object", "properties": {"result": schema}, "required": ["result"], WRAPS: True}
        top = written.get("x-fastmcp-top-level-schema")
        return self.answered.inlined(schema, [*route.answered.values(), {"$ref": f"#/$defs/{top}"} if top else None])


class _Names:
    """Names that were given already."""

    def __init__(self) -> None:
        self._used: Counter[str] = Counter()

    def unique(self, name: str) -> str:
        """The name, or with a number behind it where it is taken."""
        self._used[name] += 1
        if self._used[name] == 1:
            return name
        while (numbered := f"{name}_{self._used[name]}") in self._used:
            self._used[name] += 1
        self._used[numbered] += 1
        return numbered


def description_of(route: Route) -> str:
    """What the description says of an operation, or that it is executed."""
    operation = route.operation
    return operation.description or operation.summary or f"Executes {operation.method} {operation.path}"


def _name(route: Route) -> str:
    operation = route.operation
    made = operation.summary or f"{operation.method}_{operation.path}"
    return slug(route.own_id.split("__")[0] if route.own_id else made)[:NAME_LETTERS_MAX]


def slug(text: str) -> str:
    """A text in letters, digits and single underscores."""
    text = re.sub(r"[^a-zA-Z0-9_]", "", re.sub(r"[\s\-.]+", "_", text))
    return re.sub(r"_+", "_", text).strip("_")


def _made_of(route: Route) -> list[Any]:
    """The schemas that arguments were made of."""
    return [*(each.schema for each in route.parameters), *(route.body.content.values() if route.body else ())]
