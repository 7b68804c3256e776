"""Operations of an API description as the generator sees them, their schemas as they were written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox_server.families.api.generated.spelling import COMPONENTS, DEFS, spelled
from worlds.parts.api.document import Document, Operation
from worlds.parts.api.document import Parameter as Described

METHODS: Final = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")
"""The order in which the generator takes the operations of a path."""
_SUCCESSES: Final = ("200", "201", "202", "204", "207")
_MARK: Final = "x-fastmcp-top-level-schema"
_STEPS_MAX: Final = 64

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation."""

    name: str
    place: str
    required: bool
    schema: dict[str, Any]
    description: str
    style: str
    explode: bool | None


@dataclass(frozen=True, slots=True)
class Carried:
    """What a request carries."""

    required: bool
    description: str
    content: Mapping[str, dict[str, Any]]
    """Media type, as written, to schema."""


@dataclass(frozen=True, slots=True)
class Route:
    """One operation."""

    operation: Operation
    own_id: str
    """The id that the description gives, empty where it gives none."""
    parameters: tuple[Parameter, ...]
    body: Carried | None
    answered: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Media type to schema of what success is answered with."""
    status: str = ""


class Reader:
    """Reads the operations of one description; where what was written is not to be had, what was made of it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.openapi = document.openapi

    def routes(self) -> list[Route]:
        """All operations, in the generator's order."""
        paths = {operation.path: number for number, operation in reversed(list(enumerate(self.document.operations)))}
        ordered = sorted(
            self.document.operations, key=lambda each: (paths[each.path], _rank(each.method))
        )  # fmt: skip
        return [self._route(operation) for operation in ordered]

    def definitions(self) -> dict[str, dict[str, Any]]:
        """All named schemas, as the generator holds them."""
        written = self.document.raw.get("components")
        written = written.get("schemas") if isinstance(written, Mapping) else None
        named = {**self.document.schemas, **(written if isinstance(written, Mapping) else {})}
        found = {name: self.schema(each) for name, each in named.items() if isinstance(each, Mapping)}
        return {name: self._normalised(name) if _is_odd(each) else each for name, each in found.items()}

    def _normalised(self, name: str) -> dict[str, Any]:
        """A named schema as it was read, with references that lead to names only."""
        return spelled(self.document.schemas.get(name, {}), self.openapi)

    def schema(self, written: Any) -> dict[str, Any]:
        """A schema; one that is only a reference is what it leads to."""
        found = self.resolved(written)
        return spelled(found, self.openapi) if isinstance(found, Mapping) else {}

    def resolved(self, value: Any) -> Any:
        """What stands behind references within the document; None where they lead nowhere."""
        for _ in range(_STEPS_MAX):
            reference = value.get("$ref") if isinstance(value, Mapping) else None
            if not isinstance(reference, str):
                return value
            value = self._at(reference)
        return None

    def _at(self, reference: str) -> Any:
        found: Any = self.document.raw
        for step in reference.removeprefix("#/").split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, Mapping) and key in found:
                found = found[key]
            elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
                found = found[int(key)]
            else:
                return self.document.schemas.get(reference.removeprefix(COMPONENTS).removeprefix(DEFS))
        return found

    def _route(self, operation: Operation) -> Route:
        paths = self.document.raw.get("paths")
        path = self.resolved(paths.get(operation.path)) if isinstance(paths, Mapping) else None
        written = path.get(operation.method.lower()) if isinstance(path, Mapping) else None
        if not isinstance(path, Mapping) or not isinstance(written, Mapping):
            return self._made(operation)
        status, answered = self._answered(written.get("responses"))
        own = written.get("operationId")
        route = Route(
            operation,
            own if isinstance(own, str) else "",
            tuple(self._parameters([*_listed(written), *_listed(path)])),
            self._body(written.get("requestBody")),
            answered,
            status,
        )
        return self._made(operation) if _is_odd(_schemas(route)) else route

    def _parameters(self, written: Iterable[Any]) -> Iterator[Parameter]:
        seen: set[tuple[str, str]] = set()
        for each in map(self.resolved, written):
            if not isinstance(each, Mapping) or not isinstance(each.get("name"), str):
                continue
            name, place = each["name"], str(each.get("in"))
            if (name, place) in seen:
                continue
            seen.add((name, place))
            explode = each.get("explode")
            yield Parameter(
                name,
                place if place in ("path", "query", "header", "cookie") else "query",
                bool(each.get("required")),
                self._parameter_schema(each),
                str(each.get("description") or ""),
                str(each.get("style") or ""),
                explode if isinstance(explode, bool) else None,
            )

    def _parameter_schema(self, written: Raw) -> dict[str, Any]:
        """Its schema, or that of its first content; an example of the parameter's own goes before the schema's."""
        content = written.get("content")
        media = next(iter(content.values()), None) if isinstance(content, Mapping) else None
        schema = written.get("schema") or (media.get("schema") if isinstance(media, Mapping) else None)
        found = self.schema(schema) if isinstance(schema, Mapping) else {}
        if written.get("example") is not None:
            found = {key: value for key, value in found.items() if key not in ("example", "examples")}
            found["example"] = written["example"]
        description = written.get("description")
        return {**found, "description": description} if description and not found.get("description") else found

    def _body(self, written: Any) -> Carried | None:
        found = self.resolved(written)
        if not isinstance(found, Mapping):
            return None
        description = str(found.get("description") or "")
        return Carried(bool(found.get("required")), description, dict(self._contents(found)))

    def _contents(self, holder: Raw) -> Iterator[tuple[str, dict[str, Any]]]:
        content = holder.get("content")
        for name, media in content.items() if isinstance(content, Mapping) else ():
            if isinstance(media, Mapping) and isinstance(media.get("schema"), Mapping):
                yield name, self.schema(media["schema"])

    def _answered(self, responses: Any) -> tuple[str, dict[str, dict[str, Any]]]:
        """The answer that stands for success; a schema that has a name of its own says so."""
        status = _success([str(each) for each in responses]) if isinstance(responses, Mapping) else None
        found = self.resolved(responses.get(status, responses.get(_number(status)))) if status else None
        content = found.get("content") if isinstance(found, Mapping) else None
        answered: dict[str, dict[str, Any]] = {}
        for name, media in content.items() if isinstance(content, Mapping) else ():
            schema = media.get("schema") if isinstance(media, Mapping) else None
            answered[name] = self.schema(schema) if isinstance(schema, Mapping) else {}
            reference = schema.get("$ref") if isinstance(schema, Mapping) else None
            if isinstance(reference, str) and reference.startswith(COMPONENTS):
                answered[name] = {**answered[name], _MARK: reference.rpartition("/")[2]}
        return status or "", answered

    def _made_parameter(self, each: Described) -> Parameter:
        schema = spelled(each.schema, self.openapi)
        schema = {**schema, "description": each.description} if each.description else schema
        return Parameter(each.name, each.place, each.required, schema, each.description, each.style, each.explode)

    def _made(self, operation: Operation) -> Route:
        """An operation of which only what was read is known, as when it stands in a file of its own."""
        parameters = tuple(map(self._made_parameter, operation.parameters))
        body = None
        if operation.body is not None:
            carried = {name: spelled(media.schema, self.openapi) for name, media in operation.body.content.items()}
            body = Carried(operation.body.required, operation.body.description, carried)
        status, answered = operation.success or ("", None)
        held = answered.content if answered else {}
        content = {name: spelled(each.schema, self.openapi) for name, each in held.items()}
        return Route(operation, operation.id if operation.named else "", parameters, body, content, status)


def _schemas(route: Route) -> list[Any]:
    bodies = route.body.content.values() if route.body else ()
    return [*(each.schema for each in route.parameters), *bodies, *route.answered.values()]


def _is_odd(value: Any) -> bool:
    """Whether a reference leads elsewhere than to a named schema."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            reference = each.get("$ref")
            if isinstance(reference, str) and not reference.startswith((DEFS, COMPONENTS)):
                return True
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return False


def _listed(holder: Raw) -> list[Any]:
    found = holder.get("parameters")
    return found if isinstance(found, list) else []


def _rank(method: str) -> int:
    return METHODS.index(method) if method in METHODS else len(METHODS)


def _success(statuses: list[str]) -> str | None:
    for status in _SUCCESSES:
        if status in statuses:
            return status
    return next((each for each in statuses if _means_success(each)), None)


def _means_success(status: str) -> bool:
    return 200 <= int(status) < 300 if status.isdigit() else status.lower() in ("default", "2xx")


def _number(status: str | None) -> int | None:
    """YAML reads unquoted statuses as numbers."""
    return int(status) if status and status.isdigit() else None
