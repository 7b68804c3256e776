"""The values of a request: typed by the document's schemas, and checked against them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from worlds.parts.api.checking import Complaint, nested, parameter_value, typed
from worlds.parts.api.document import Media, Operation, Parameter, Schema
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.filling import properties_of
from worlds.parts.api.engine.refused import Issue, Refused
from worlds.parts.api.exchange import ABSENT, Absent, Malformed, Request

_CODES = {
    "required": "missing_field",
    "additionalProperties": "unknown_field",
    "unevaluatedProperties": "unknown_field",
}
_SAID_MAX = 200
_UNCHECKED = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that OpenAPI says to ignore."""


@dataclass(frozen=True, slots=True)
class Values:
    """What a request says."""

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Any = ABSENT


def read_values(
    service: Definition, operation: Operation, request: Request, texts: tuple[tuple[str, str], ...]
) -> Values:
    """The values. Raises Refused with everything that is wrong with them."""
    path = {name: _one(service, operation.parameter(name, "path"), text) for name, text in texts}
    query = {each.name: _in_query(service, each, request) for each in operation.parameters if each.place == "query"}
    query = {name: value for name, value in query.items() if not isinstance(value, Absent)}
    body = _body(service, operation, request)
    issues = [
        *_wrong_path(service, operation, path),
        *_wrong_parameters(service, operation, request, query),
        *_wrong_body(service, operation, request, body),
    ]
    if issues:
        raise Refused("invalid", issues=tuple(issues))
    return Values(path, {**_defaults(operation), **query}, body)


def _one(service: Definition, parameter: Parameter | None, text: str) -> Any:
    return text if parameter is None else parameter_value(service.document, parameter, [text])


def _defaults(operation: Operation) -> dict[str, Any]:
    declared = [each for each in operation.parameters if each.place == "query" and "default" in each.schema]
    return {each.name: each.schema["default"] for each in declared}


def _in_query(service: Definition, parameter: Parameter, request: Request) -> Any:
    name = parameter.name.removesuffix("[]")
    found = [value for each, value in request.query if each in (parameter.name, name, f"{name}[]")]
    if found:
        return parameter_value(service.document, parameter, found)
    inner = [(each, value) for each, value in request.query if each.startswith(f"{name}[")]
    if inner:
        return typed(service.document, parameter.schema, nested(inner).get(name, {}))
    return ABSENT


def _body(service: Definition, operation: Operation, request: Request) -> Any:
    """The body, typed where it came as a form. Raises Refused for one that cannot be read or is of another type."""
    kind = _media_type(request)
    present = operation.body is not None and not isinstance(request.body, Absent)
    if operation.body is not None and present and kind and not _accepts(operation.body.content, kind):
        raise Refused("media_type", f"Unsupported Media Type: {kind}")
    if isinstance(request.body, Malformed):
        raise Refused("malformed", request.body.reason)
    if not present:
        return ABSENT
    if "form" not in kind:
        return request.body
    schema = _media(operation, kind).schema
    return typed(service.document, schema, _unfolded(service, schema, request.body))


def _unfolded(service: Definition, schema: Schema, form: Any) -> Any:
    """A form with its brackets (`address[city]=Bonn`) as values in values, where no field is called so."""
    folded = [name for name in form if "[" in name] if isinstance(form, Mapping) else []
    known = properties_of(service.document, schema)[0] if folded else {}
    folded = [name for name in folded if name not in known]
    if not folded:
        return form
    pairs = [(name, each) for name in folded for each in _repeated(form[name])]
    return {**{name: value for name, value in form.items() if name not in folded}, **nested(pairs)}


def _repeated(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _accepts(content: Mapping[str, Media], kind: str) -> bool:
    if not content or kind in content or "*/*" in content:
        return True
    is_json = kind.endswith(("/json", "+json"))
    return (is_json and any(each.endswith(("/json", "+json")) for each in content)) or (
        f"{kind.partition('/')[0]}/*" in content
    )


def _media(operation: Operation, kind: str) -> Media:
    assert operation.body is not None
    return operation.body.content.get(kind) or operation.body.media[1]


def _wrong_path(service: Definition, operation: Operation, path: Mapping[str, Any]) -> Iterator[Issue]:
    """A path that cannot name anything: not found, where the document says that it may be; otherwise invalid."""
    for name, value in path.items():
        parameter = operation.parameter(name, "path")
        found = _complaints(service, parameter.schema, value) if parameter else []
        if found and "404" in operation.responses:
            raise Refused("missing", f"No such resource: {value}", resource="resource")
        yield from (issue_of(each, (name,), "path") for each in found)


def _wrong_parameters(
    service: Definition, operation: Operation, request: Request, query: Mapping[str, Any]
) -> Iterator[Issue]:
    for each in operation.parameters:
        value: Any = ABSENT
        if each.place == "query":
            value = query.get(each.name, ABSENT)
        elif each.place == "header" and each.name.lower() not in _UNCHECKED:
            text = request.headers.get(each.name.lower())
            value = ABSENT if text is None else _one(service, each, text)
        elif each.place != "header" or each.name.lower() in _UNCHECKED:
            continue
        if isinstance(value, Absent):
            if each.required:
                yield Issue(each.name, "missing_field", f"{each.name} is required", each.place)
        else:
            found = _complaints(service, each.schema, value)
            yield from (issue_of(one, (each.name,), each.place) for one in found)


def _wrong_body(service: Definition, operation: Operation, request: Request, body: Any) -> Iterator[Issue]:
    if operation.body is None:
        return
    if isinstance(body, Absent):
        if operation.body.required:
            yield Issue("", "missing_body", "A request body is required")
        return
    placed = service.roles.get(operation.id)
    partial = operation.method == "PATCH" and placed is not None and placed[1].does == "patch"
    if partial and isinstance(body, list):
        return
    for each in _complaints(service, _media(operation, _media_type(request)).schema, body):
        nullifies = partial and each.parts.get("value", "") is None and each.kind in ("type", "enum", "anyOf", "oneOf")
        if not (partial and each.kind == "required") and not nullifies:
            yield issue_of(each, (), "body")


def _complaints(service: Definition, schema: Schema, value: Any) -> list[Complaint]:
    """What does not fit. Raises Refused for what no JSON can hold, such as halves of characters."""
    try:
        return service.checker.complaints(schema, value)
    except ValueError:
        raise Refused("malformed", "The request holds text that is not valid Unicode") from None


def issue_of(complaint: Complaint, before: tuple[str, ...], where: str) -> Issue:
    """What does not fit, in words; `before` leads to the value."""
    place = ".".join(str(each) for each in (*before, *complaint.place))
    said = complaint.message if len(complaint.message) <= _SAID_MAX else f"{complaint.message[:_SAID_MAX]}..."
    message = f"{place}: {said}" if place else said
    if complaint.kind == "required":
        message = f"{place} is required"
    return Issue(place, _CODES.get(complaint.kind, "invalid"), message, where)
