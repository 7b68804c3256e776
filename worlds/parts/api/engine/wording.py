"""A refusal in the service's own shape: by its rules, else by the error schema of its document."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from worlds.parts.api.document import Document, Operation, Schema
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.filling import is_nullable, neutral, properties_of, types_of
from worlds.parts.api.engine.refused import STATUSES, Issue, Refused
from worlds.parts.api.exchange import ABSENT

_HOLE: Final = re.compile(r"\$\{([a-z_]+)\}")
_DEPTH_MAX: Final = 5
_MESSAGES: Final = ("message", "detail", "error_description", "error_message", "errorMessage", "description", "msg")
_LISTS: Final = (
    "errors",
    "details",
    "violations",
    "issues",
    "invalid_params",
    "invalidParams",
    "causes",
    "validation_errors",
)
_FIELDS: Final = ("field", "param", "parameter", "property", "name", "pointer", "path", "loc", "location", "attribute")
_CODES: Final = ("code", "error_code", "errorCode", "reason", "key", "error")
_TITLES: Final = ("title", "error", "reason", "status_text", "statusText")
_REQUESTS: Final = ("request_id", "requestId", "trace_id", "traceId", "correlation_id", "correlationId")


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say about a refusal."""

    status: int
    title: str
    code: str
    message: str
    type: str
    issues: tuple[Issue, ...]
    request_id: str
    resource: str = ""

    @property
    def field(self) -> str | None:
        """The field to blame first."""
        return self.issues[0].field or None if self.issues else None


def status_of(service: Definition, operation: Operation | None, refused: Refused) -> int:
    """The status of a refusal: as the rules say, else the usual one, or another that the document offers for it."""
    if refused.status is not None:
        return refused.status
    ruled = service.rules.errors.statuses
    if refused.kind in ruled or "any" in ruled:
        return ruled.get(refused.kind, ruled.get("any", 200))
    statuses = STATUSES[refused.kind].statuses
    known = operation.responses if operation else {}
    return next((each for each in statuses if str(each) in known), statuses[0])


def told(service: Definition, refused: Refused, status: int, request_id: str) -> Told:
    """What there is to say."""
    sort, rules = STATUSES[refused.kind], service.rules.errors
    issue = refused.issues[0] if refused.issues else Issue("", "", "")
    message = rules.messages.get(refused.kind) or refused.message or issue.message or sort.message
    if not rules.messages.get(refused.kind) and len(refused.issues) == 1 and refused.kind in ("invalid", "duplicate"):
        message = issue.message
    value = refused.message.rpartition(": ")[2]
    holes = {"field": issue.field, "value": value, "resource": refused.resource or "resource", "message": issue.message}
    message = _HOLE.sub(lambda hole: holes.get(hole[1], hole[0]), message)
    code = refused.code or rules.codes.get(refused.kind) or sort.code
    type_ = refused.type or rules.types.get(refused.kind) or sort.type
    return Told(status, _title(status), code, message, type_, refused.issues, request_id, refused.resource)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def error_body(service: Definition, operation: Operation | None, each: Told) -> Any:
    """The body of a refusal."""
    rules = service.rules.errors
    if rules.body is not None:
        return _templated(rules.body, each, rules.each, _about(service, operation) or each.resource)
    schema = _schema(service.document, operation, each.status)
    if schema is None:
        return ABSENT
    if not schema:
        return _plain(each)
    return _shaped(service.document, schema, each, 0)


def _about(service: Definition, operation: Operation | None) -> str:
    """What an operation is about: a resource of its collection, or of the one whose path it lies under."""
    placed = service.roles.get(operation.id) if operation else None
    if placed is not None or operation is None:
        return placed[0].title if placed else ""
    above = [each for each in service.kinds.values() if operation.path.startswith(each.collection.item_path or " ")]
    return max(above, key=lambda each: len(each.collection.item_path)).title if above else ""


def _schema(document: Document, operation: Operation | None, status: int) -> Schema | None:
    """The schema of errors: that of this status, else of any error of the operation, else of any in the document."""
    told_by_status = (str(status), f"{status // 100}XX") if status >= HTTPStatus.BAD_REQUEST else ()
    for name in (*told_by_status, "default"):
        answered = operation.responses.get(name) if operation else None
        if answered is not None:
            return None if answered.schema is None else document.resolve(answered.schema)
    for each in (*((operation,) if operation else ()), *document.operations):
        for name, answered in each.responses.items():
            if (name[0] in "45" or name == "default") and answered.schema:
                found = document.resolve(answered.schema)
                if properties_of(document, found)[0]:
                    return found
    return {}


def _plain(each: Told) -> dict[str, Any]:
    body: dict[str, Any] = {"message": each.message, "code": each.code}
    if each.issues:
        body["errors"] = [{"field": one.field, "code": one.code, "message": one.message} for one in each.issues]
    return body


def _shaped(document: Document, schema: Schema, each: Told, depth: int) -> Any:
    """A value of an error schema, its properties filled by what their names say."""
    schema = document.resolve(schema)
    properties, required = properties_of(document, schema)
    if not properties:
        return each.message if "string" in types_of(schema) else _plain(each) if depth == 0 else {}
    found = dict(_filled(document, properties, each, depth))
    for name in required:
        if name not in found and name in properties:
            found[name] = neutral(document, properties[name])
    return {name: found[name] for name in properties if name in found}


def _filled(document: Document, properties: Mapping[str, Schema], each: Told, depth: int) -> Iterator[tuple[str, Any]]:
    lists = {name for name, each in properties.items() if "array" in types_of(document.resolve(each))}
    has_message = any(name in properties and name not in lists for name in _MESSAGES)
    for name, written in properties.items():
        schema = document.resolve(written)
        value = _valued(document, name, schema, each, depth, has_message)
        if value is not None:
            yield name, value
        elif name in _FIELDS[:3] and is_nullable(document, written):
            yield name, None


def _valued(document: Document, name: str, schema: Schema, each: Told, depth: int, has_message: bool) -> Any:
    if "const" in schema:
        return schema["const"]
    types = types_of(schema)
    if name in (*_LISTS, *_MESSAGES) and "array" in types:
        return _issues(document, name, schema, each, has_message)
    if ("object" in types or "properties" in schema or "allOf" in schema) and depth < _DEPTH_MAX:
        return _shaped(document, schema, each, depth + 1) if name in ("error", "meta", "response", "details") else None
    if types and set(types) <= {"integer", "number", "null"}:
        return each.status if name in ("status", "code", "statusCode", "status_code", "httpStatus") else None
    if "boolean" in types:
        return False if name in ("ok", "success") else None
    return _chosen(schema, _text(name, each, has_message)) if not types or "string" in types else None


def _issues(document: Document, name: str, schema: Schema, each: Told, has_message: bool) -> Any:
    """What is wrong, one by one; the refusal itself where there is no other place for its message."""
    if name in _MESSAGES and not each.issues and each.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        return each.message  # FastAPI's `detail` is a text, except for what it finds invalid
    issues = each.issues or (() if has_message else (Issue("", each.code, each.message),))
    return [_issue(document, schema.get("items", {}), one, each) for one in issues]


def _text(name: str, each: Told, has_message: bool) -> str | None:
    if name in _MESSAGES:
        return each.message
    if name in ("error", "title") and not has_message and name != "title":
        return each.message
    if name in ("code", "error_code", "errorCode"):
        return each.code
    if name in ("status", "statusCode"):
        return "Failure" if name == "status" and not has_message else str(each.status)
    if name in _TITLES:
        return each.code if name in ("error", "reason") else each.title
    if name in _REQUESTS:
        return each.request_id
    if name == "type":
        return each.type
    return each.field if name in _FIELDS else None


def _chosen(schema: Schema, text: str | None) -> str | None:
    """The text, or the member of an enumeration that comes closest to it."""
    known = [each for each in schema.get("enum", ()) if isinstance(each, str)]
    if text is None or not known or text in known:
        return text
    words = set(re.split(r"[^a-z]+", text.lower()))
    return max(
        known, key=lambda each: (len(words & set(re.split(r"[^a-z]+", each.lower()))), "invalid" in each.lower())
    )


def _issue(document: Document, schema: Schema, one: Issue, each: Told) -> Any:
    schema = document.resolve(schema)
    properties, required = properties_of(document, schema)
    if not properties:
        return (
            f"{one.message}"
            if "string" in types_of(schema)
            else {"field": one.field, "code": one.code, "message": one.message}
        )
    found: dict[str, Any] = {}
    for name, written in properties.items():
        value = _of_issue(document, name, document.resolve(written), one, each)
        if value is not None:
            found[name] = value
        elif name in required:
            found[name] = neutral(document, written)
    return found


def _of_issue(document: Document, name: str, schema: Schema, one: Issue, each: Told) -> Any:
    types = types_of(schema)
    if name in _FIELDS:
        steps = [one.where, *filter(None, one.field.split("."))]
        return steps if "array" in types else one.field
    if name in ("status", "title"):
        return each.title if name == "title" else str(each.status) if "string" in types else each.status
    if name in _MESSAGES or name in ("reason", "error"):
        return one.message
    if name in (*_CODES, "type", "rule"):
        return _chosen(schema, one.code)
    return one.where if name in ("in", "where", "location") else None


def _templated(
    template: Mapping[str, Any], each: Told, shape: Mapping[str, Any] | None, resource: str
) -> dict[str, Any]:
    """The body; without a list of errors where there are none."""
    holes: dict[str, Any] = {
        "status": each.status, "title": each.title, "code": each.code, "message": each.message, "type": each.type,
        "field": each.field, "request_id": each.request_id,
        "errors": [_one(one, shape, resource) for one in each.issues],
    }  # fmt: skip
    return {key: _put(value, holes) for key, value in template.items() if value != "${errors}" or each.issues}


def _one(issue: Issue, shape: Mapping[str, Any] | None, resource: str) -> Any:
    holes = {"field": issue.field, "code": issue.code, "message": issue.message, "in": issue.where}
    if shape is not None:
        holes["resource"] = resource
    return holes if shape is None else {key: _put(value, holes) for key, value in shape.items()}


def _put(value: Any, holes: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: _put(each, holes) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_put(each, holes) for each in value]
    if not isinstance(value, str):
        return value
    whole = _HOLE.fullmatch(value)
    if whole:
        return holes.get(whole[1])
    return _HOLE.sub(lambda hole: "" if holes.get(hole[1]) is None else str(holes.get(hole[1])), value)
