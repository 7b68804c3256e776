"""The OpenAPI 3.1 document of the admin API, made from its operations and their models."""

import re
from functools import lru_cache
from typing import Any, Final

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from sandbox_server.admin import operation as operations
from sandbox_server.admin.model import Problem
from sandbox_server.admin.operation import JSON, Operation
from sandbox_server.admin.problem import MEDIA

_REFERENCE: Final = "#/components/schemas/{model}"
_ALWAYS: Final = (401, 403, 421, 422, 500, 503)
"""Problems that every operation may answer: no token, wrong origin, wrong host, unknown keys, our own failure."""
_WITH_BODY: Final = (400, 413, 415)
_MEANINGS: Final = {
    400: "The request cannot be taken as it is.",
    401: "The bearer token is missing or wrong.",
    403: "The request comes from another origin.",
    404: "There is no such thing.",
    409: "It cannot be done in the present state.",
    412: "It has changed since it was looked at.",
    413: "The body is too large.",
    415: "The body is of a type that is not understood.",
    421: "The Host header names another machine.",
    422: "A value is not acceptable; `errors` says where and what would be.",
    500: "Something went wrong inside the stage.",
    503: "The stage is about to end.",
}
_PARAMETER: Final = re.compile(r"{(\w+)(?::path)?}")
_PARAMETER_MEANINGS: Final = {
    "id": "An episode's id; `default` is the served one.",
    "snapshot": "A snapshot's id.",
    "server": "A server's name.",
    "table": "A table's name.",
    "collection": "A collection's name.",
    "key": "The key under which a resource is kept.",
    "message": "A message's id in its mailbox.",
    "address": "A bundle's address: the BLAKE2b-256 of the file, in hexadecimal.",
    "turn": "The id of the message that waits.",
    "path": "An absolute path inside the tree, without its first slash.",
}


@lru_cache(maxsize=1)
def document_bytes(version: str) -> bytes:
    """The document as JSON."""
    return orjson.dumps(document(version))


def document(version: str) -> dict[str, Any]:
    """The whole document."""
    found = operations.all_operations()
    return {
        "openapi": "3.1.0",
        "info": {"title": "Admin API of a stage", "version": version, "description": "For owners, never for agents."},
        "servers": [{"url": "/admin/v1"}],
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(item.tag for item in found)],
        "paths": _paths(found),
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(found),
        },
    }


def statuses(item: Operation) -> tuple[int, ...]:
    """Every status that an operation may answer."""
    takes = _WITH_BODY if item.body or item.takes else (400, 413, 415)
    return tuple(sorted({item.status, *_ALWAYS, *item.refusals, *takes}))


def _paths(found: list[Operation]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for item in found:
        paths.setdefault(_PARAMETER.sub(r"{\1}", item.path), {})[item.verb.lower()] = _described(item)
    return paths


def _described(item: Operation) -> dict[str, Any]:
    described = {
        "operationId": item.name,
        "summary": item.summary,
        "tags": [item.tag],
        "parameters": [*_path_parameters(item), *_query_parameters(item)],
        "responses": {str(status): _response(item, status) for status in statuses(item)},
    }
    body = _body(item)
    return {**described, "requestBody": body} if body else described


def _body(item: Operation) -> dict[str, Any] | None:
    content: dict[str, Any] = {JSON: {"schema": _reference(item.body)}} if item.body else {}
    content |= {media: {"schema": {"description": words}} for media, words in item.takes.items()}
    if not content:
        return None
    needed = any(field.is_required() for field in (item.body.model_fields if item.body else {}).values())
    return {"required": needed, "content": content}


def _response(item: Operation, status: int) -> dict[str, Any]:
    if status != item.status:
        return {"description": _MEANINGS[status], "content": {MEDIA: {"schema": _reference(Problem)}}}
    content: dict[str, Any] = {JSON: {"schema": _reference(item.answer)}} if item.answer else {}
    content |= {media: {"schema": {"description": words}} for media, words in item.media.items()}
    return {"description": item.summary, "content": content}


def _path_parameters(item: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PARAMETER_MEANINGS[name],
            "schema": {"type": "string"},
        }
        for name in _PARAMETER.findall(item.path)
    ]


def _query_parameters(item: Operation) -> list[dict[str, Any]]:
    schema = item.query.model_json_schema()
    return [
        {"name": name, "in": "query", "required": False, "description": field.get("description", ""), "schema": field}
        for name, field in schema.get("properties", {}).items()
    ]


def _schemas(found: list[Operation]) -> dict[str, Any]:
    answers = [item.answer for item in found if item.answer]
    bodies = [item.body for item in found if item.body]
    pairs: list[Any] = [(model, "serialization") for model in dict.fromkeys([Problem, *answers])]
    pairs += [(model, "validation") for model in dict.fromkeys(bodies)]
    _, schema = models_json_schema(pairs, ref_template=_REFERENCE)
    return dict(schema["$defs"])


def _reference(model: type[BaseModel] | None) -> dict[str, str]:
    assert model is not None
    return {"$ref": _REFERENCE.format(model=model.__name__)}
