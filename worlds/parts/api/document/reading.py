"""Reads OpenAPI 3.0 and 3.1 documents, in YAML or JSON, alone or with files beside them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from worlds.parts.api.document.document import Document
from worlds.parts.api.document.library import Library, Spot, items_of
from worlds.parts.api.document.media import MediaReader, text_of
from worlds.parts.api.document.normalising import Normaliser
from worlds.parts.api.document.operation import Answered, Operation, Parameter
from worlds.parts.api.document.pointer import joined
from worlds.parts.api.document.source import Source, parse_source, read_source

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PATH_KEYS: Final = frozenset(("summary", "description", "servers", "parameters", "$ref"))
_SCHEMES: Final = ("apiKey", "http", "oauth2", "openIdConnect")
_OPERATIONS_MAX: Final = 20_000


def read_document(path: Path) -> Document:
    """The description in a file. Raises FileProblem where it is none, or nothing sensible can be made of it."""
    return _Reader(read_source(path), path.parent).document()


def parse_document(text: str | bytes, file: str = "<text>", folder: Path | None = None) -> Document:
    """The description in a text; references to files are followed only where a folder is given. Raises FileProblem."""
    return _Reader(parse_source(text, file), folder).document()


@dataclass(slots=True)
class _Reader:
    """Reads one document."""

    source: Source
    folder: Path | None
    library: Library = field(init=False)
    schemas: Normaliser = field(init=False)
    media: MediaReader = field(init=False)
    ids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _refuse(self.source)
        self.library = Library(self.source, self.folder)
        self.schemas = Normaliser(self.library, self._root("openapi", "").startswith("3.0"))
        self.media = MediaReader(self.library, self.schemas)

    def document(self) -> Document:
        data, info = self.source.data, self._mapping(self.source.data.get("info"))
        for pointer in self.source.twice:
            self.library.note(self.source, pointer, "this key stands here twice; the last one counts")
        for name, schema in self._components("schemas"):
            self.schemas.claim(schema, name)
        security = dict(self._schemes())
        operations = tuple(self._operations(self._security(data.get("security"), "/security")))
        self._note_unserved(data)
        schemas = self.schemas.finish()
        return Document(
            file=self.source.file,
            openapi=self._root("openapi", ""),
            title=text_of(info, "title") or "API",
            version=str(info.get("version", "")),
            description=text_of(info, "description"),
            servers=tuple(self._servers(data.get("servers"))) or ("/",),
            operations=operations,
            schemas=schemas,
            security_schemes=security,
            problems=self.library.concerns(),
            tags=self._tags(data.get("tags")),
            raw=data,
        )

    def _root(self, key: str, otherwise: str) -> str:
        return str(self.source.data.get(key, otherwise))

    def _spot(self, *steps: str) -> Spot:
        value: Any = self.source.data
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        return Spot(self.source, joined("", *steps), value)

    @staticmethod
    def _mapping(value: Any) -> Mapping[str, Any]:
        return value if isinstance(value, dict) else {}

    def _components(self, section: str) -> Iterator[tuple[str, Spot]]:
        return items_of(self.library, self._spot("components", section), section)

    def _schemes(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, spot in self._components("securitySchemes"):
            target = self.library.follow(spot)
            if target is None or not isinstance(target.value, dict):
                continue
            if target.value.get("type") not in _SCHEMES:
                kind = target.value.get("type")
                self.library.note(target.source, target.pointer, f"security of the type {kind!r} is not asked for")
            yield name, target.value

    def _servers(self, servers: Any) -> Iterator[str]:
        for server in _listed(servers):
            address = text_of(self._mapping(server), "url")
            for name, variable in self._mapping(self._mapping(server).get("variables")).items():
                address = address.replace("{" + str(name) + "}", str(self._mapping(variable).get("default", "")))
            yield address

    def _tags(self, tags: Any) -> dict[str, str]:
        listed = [self._mapping(tag) for tag in _listed(tags)]
        return {str(tag["name"]): text_of(tag, "description") for tag in listed if "name" in tag}

    def _note_unserved(self, data: Mapping[str, Any]) -> None:
        for name, spot in items_of(self.library, self._spot("webhooks"), "webhooks"):
            self.library.note(spot.source, spot.pointer, f"the webhook {name!r} is not sent by itself")
        if str(data.get("openapi", ""))[:4] not in ("3.0.", "3.1.") and "openapi" in data:
            self.library.note(self.source, "/openapi", f"version {data['openapi']} is read as if it were 3.1")

    def _operations(self, security: tuple[Mapping[str, tuple[str, ...]], ...]) -> Iterator[Operation]:
        count = 0
        for path, spot in items_of(self.library, self._spot("paths"), "paths"):
            if path.startswith("x-"):
                continue
            if not path.startswith("/"):
                self.library.note(spot.source, spot.pointer, "a path has to begin with a slash; it is left out")
                continue
            target = self.library.follow(spot)
            if target is None or not isinstance(target.value, dict):
                continue
            for operation in self._path(path, target, security):
                count += 1
                if count > _OPERATIONS_MAX:
                    raise self.source.problem("/paths", f"more than {_OPERATIONS_MAX} operations")
                yield operation

    def _path(self, path: str, item: Spot, security: tuple[Mapping[str, tuple[str, ...]], ...]) -> Iterator[Operation]:
        shared = self._parameters(item)
        if "servers" in item.value:
            self.library.note(
                item.source, item.pointer, "servers of one path are not served at an address of their own"
            )
        for key, value in item.value.items():
            method = key.lower()
            spot = item.below(joined(item.pointer, key), value)
            if method in _METHODS and isinstance(value, dict):
                yield self._operation(path, method, spot, shared, security)
            elif key not in _PATH_KEYS and not key.startswith("x-"):
                self.library.note(spot.source, spot.pointer, f"{key!r} is not a method that is served; it is left out")

    def _operation(
        self,
        path: str,
        method: str,
        spot: Spot,
        shared: list[Parameter],
        security: tuple[Mapping[str, tuple[str, ...]], ...],
    ) -> Operation:
        value = spot.value
        self._note_operation(spot)
        body = value.get("requestBody")
        own = "security" in value
        name = value.get("operationId")
        return Operation(
            id=self._id(name if isinstance(name, str) and name else None, method, path, spot),
            method=method.upper(),
            path=path,
            summary=text_of(value, "summary"),
            description=text_of(value, "description"),
            tags=tuple(tag for tag in _listed(value.get("tags")) if isinstance(tag, str)),
            parameters=self._all_parameters(path, shared, spot),
            body=self.media.body(spot.below(joined(spot.pointer, "requestBody"), body)) if body else None,
            responses=self._responses(spot),
            security=self._security(value["security"], joined(spot.pointer, "security")) if own else security,
            deprecated=value.get("deprecated") is True,
            place=spot.pointer,
            named=isinstance(name, str) and bool(name),
            extensions={key: each for key, each in value.items() if key.startswith("x-")},
        )

    def _note_operation(self, spot: Spot) -> None:
        for name, callback in items_of(
            self.library, spot.below(joined(spot.pointer, "callbacks"), spot.value.get("callbacks")), "callbacks"
        ):
            self.library.note(callback.source, callback.pointer, f"the callback {name!r} is not called by itself")
        self._note_servers(spot, "operation")

    def _note_servers(self, spot: Spot, what: str) -> None:
        own = spot.value.get("servers")
        if own and own != self.source.data.get("servers"):
            at = joined(spot.pointer, "servers")
            self.library.note(spot.source, at, f"servers of one {what} are not served at an address of their own")

    def _responses(self, spot: Spot) -> Mapping[str, Answered]:
        at = joined(spot.pointer, "responses")
        entries = items_of(self.library, spot.below(at, spot.value.get("responses")), "responses")
        return {
            status.upper() if status != "default" else status: self.media.answered(answer)
            for status, answer in entries
            if not status.startswith("x-")
        }

    def _parameters(self, spot: Spot) -> list[Parameter]:
        listed = spot.value.get("parameters")
        at = joined(spot.pointer, "parameters")
        if listed is not None and not isinstance(listed, list):
            self.library.note(spot.source, at, "a list of parameters is expected here; it is left out")
        entries = listed if isinstance(listed, list) else []
        read = (self.media.parameter(spot.below(joined(at, number), each)) for number, each in enumerate(entries))
        return [each for each in read if each is not None]

    def _all_parameters(self, path: str, shared: list[Parameter], spot: Spot) -> tuple[Parameter, ...]:
        """Its own laid over its path's; those that only the path's text names are added as texts."""
        merged = {(each.place, each.name): each for each in [*shared, *self._parameters(spot)]}
        for name in re.findall(r"\{([^{}]+)\}", path):
            if ("path", name) not in merged:
                self.library.note(spot.source, spot.pointer, f"the path parameter {name!r} is not declared; a text")
                merged["path", name] = Parameter(name, "path", True, {"type": "string"}, style="simple", explode=False)
        return tuple(merged.values())

    def _security(self, written: Any, at: str) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        found = []
        for alternative in _listed(written):
            names = self._mapping(alternative)
            for name in names.keys() - self._mapping(self._spot("components", "securitySchemes").value).keys():
                self.library.note(self.source, at, f"the security scheme {name!r} is not described; not asked for")
            found.append({str(name): tuple(map(str, _listed(scopes))) for name, scopes in names.items()})
        return tuple(found)

    def _id(self, name: str | None, method: str, path: str, spot: Spot) -> str:
        """The operation's own id, else one from method and path; a number is added to what is taken."""
        wanted = name or f"{method}_{re.sub(r'[^A-Za-z0-9]+', '_', path).strip('_')}".rstrip("_")
        number = self.ids.get(wanted, 0) + 1
        self.ids[wanted] = number
        if number == 1:
            return wanted
        if name:
            self.library.note(spot.source, spot.pointer, f"the operationId {name!r} is taken; here {wanted}_{number}")
        return (
            self._id(f"{wanted}_{number}", method, path, spot)
            if f"{wanted}_{number}" in self.ids
            else self._keep(f"{wanted}_{number}")
        )

    def _keep(self, name: str) -> str:
        self.ids[name] = 1
        return name


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _refuse(source: Source) -> None:
    """Refuse what is no description at all, in words that help."""
    data = source.data
    if not isinstance(data, dict):
        raise source.problem("", "an OpenAPI document is expected: a mapping that begins with `openapi: 3.1.0`")
    if "swagger" in data:
        raise source.problem(
            "/swagger", f"this is a document of version {data['swagger']}", "convert it to OpenAPI 3 first"
        )
    if not str(data.get("openapi", "")).startswith("3."):
        raise source.problem(
            "/openapi" if "openapi" in data else "", "not an OpenAPI 3 document", "`openapi: 3.0.3` or `openapi: 3.1.0`"
        )
    if not isinstance(data.get("paths"), dict) or not data["paths"]:
        raise source.problem("/paths", "there are no paths, so nothing could be served")
