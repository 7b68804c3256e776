"""What plain requests mean: the tool that does the same, its arguments, and what the service is asked."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from sandbox_server.dispatch.messages import Unparsable, parse
from sandbox_server.families.api.generated.flattening import WHOLE
from sandbox_server.families.api.generated.requesting import FORM, MULTIPART
from sandbox_server.families.api.generated.routes import Parameter
from sandbox_server.families.api.generated.tools import Tool
from sandbox_server.web import WebRequest
from worlds.parts.api.exchange import ABSENT, Malformed, Request

_FIELDS_MAX: Final = 10_000
_DIGITS_MAX: Final = 300
_SEPARATORS: Final = {"spaceDelimited": " ", "pipeDelimited": "|"}


def request_of(asked: WebRequest) -> Request:
    """What a service is asked by a plain request."""
    path, _, query = asked.target.partition("?")
    body = _body(asked) if asked.body else ABSENT
    return Request(asked.method, path, tuple(_pairs(query)), asked.headers, body)


def arguments_of(tool: Tool, request: Request, values: Mapping[str, str]) -> dict[str, Any]:
    """The arguments with which a tool asks the same; `values` are the texts in the path.

    What the operation does not know keeps its own name, where no argument is called so.
    """
    names = {(place.place, place.name): name for name, place in tool.places.items()}
    parameters = {(each.place, each.name): each for each in tool.route.parameters}
    found: dict[str, Any] = {}
    for name, text in values.items():
        known = parameters.get(("path", name))
        found[names.get(("path", name), name)] = typed(text, known.schema) if known else text
    for place in ("query", "header"):
        found |= _placed(place, request, names, parameters)
    whole = names.get(("body", WHOLE))
    if whole is not None and request.body is not ABSENT and not isinstance(request.body, Malformed):
        found[whole] = request.body
    elif isinstance(request.body, Mapping):
        found |= {key: value for key, value in request.body.items() if key not in found}
    return found


def _placed(
    place: str, request: Request, names: Mapping[tuple[str, str], str], known: Mapping[tuple[str, str], Parameter]
) -> dict[str, Any]:
    """The arguments in the query, or those among the headers."""
    if place == "header":
        lower = {name.lower(): (name, each) for (at, name), each in known.items() if at == "header"}
        return {
            names[place, lower[header][0]]: typed(text, lower[header][1].schema)
            for header, text in request.headers.items()
            if header in lower
        }
    found: dict[str, Any] = {}
    for name, texts in _gathered(request.query).items():
        parameter = known.get((place, name))
        if parameter is not None:
            found[names[place, name]] = _value(parameter, texts)
        elif (holder := known.get((place, name.partition("[")[0]))) is not None and name.endswith("]"):
            inner = found.setdefault(names[place, holder.name], {})
            if isinstance(inner, dict):
                inner[name.partition("[")[2][:-1]] = _field(holder, name.partition("[")[2][:-1], texts)
        else:
            found.setdefault(name, texts[0] if len(texts) == 1 else texts)
    return found


def _value(parameter: Parameter, texts: list[str]) -> Any:
    """A parameter of the query; a list is repeated or written with separators."""
    schema = parameter.schema
    if "array" not in _types(schema):
        return typed(texts[-1], schema)
    items = schema.get("items")
    if parameter.explode is False or (parameter.explode is None and parameter.style in _SEPARATORS):
        texts = [piece for text in texts for piece in text.split(_SEPARATORS.get(parameter.style, ","))]
    return [typed(text, items if isinstance(items, Mapping) else {}) for text in texts]


def _field(parameter: Parameter, name: str, texts: list[str]) -> Any:
    properties = parameter.schema.get("properties")
    schema = properties.get(name) if isinstance(properties, Mapping) else None
    return typed(texts[-1], schema if isinstance(schema, Mapping) else {})


def typed(text: str, schema: Mapping[str, Any]) -> Any:
    """A text as the value that its schema wants, where it is one."""
    types = _types(schema)
    if "string" in types or not types:
        return text
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if len(text) < _DIGITS_MAX and ("integer" in types or "number" in types):
        digits = text.removeprefix("-")
        if digits.isdecimal() and digits.isascii():
            return int(text)
        if "number" in types and digits.count(".") == 1 and digits.replace(".", "").isdecimal() and digits[0] != ".":
            return float(text)
    return text


def _types(schema: Mapping[str, Any]) -> list[Any]:
    types = schema.get("type")
    return list(types) if isinstance(types, list) else [types] if isinstance(types, str) else []


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    """Names and values, decoded; what is no pair is a name without a value."""
    for piece in query.split("&") if query else ():
        if piece:
            name, _, value = piece.replace("+", " ").partition("=")
            yield unquote(name), unquote(value)


def _gathered(pairs: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _body(asked: WebRequest) -> Any:
    """The body by its content type; what names none is taken for JSON."""
    kind = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in (FORM, MULTIPART):
        return _form(asked) if kind == FORM else _parts(asked)
    if kind and kind != "application/json" and not kind.endswith("+json") and kind.startswith("text/"):
        return asked.body.decode("utf-8", "replace")
    try:
        return parse(asked.body)
    except Unparsable as error:
        return Malformed(str(error))


def _form(asked: WebRequest) -> Any:
    try:
        pairs = parse_qsl(
            asked.body.decode(), keep_blank_values=True, max_num_fields=_FIELDS_MAX, errors="replace"
        )  # fmt: skip
    except ValueError as error:
        return Malformed(str(error))
    return _listed(pairs)


def _parts(asked: WebRequest) -> Any:
    """A form in parts, read as the mail that it is in form; files are texts as far as they can be."""
    from email.parser import BytesParser  # seldom needed, and not light
    from email.policy import HTTP

    head = f"content-type: {asked.headers['content-type']}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + asked.body)
    if not message.is_multipart():
        return Malformed("the form has no parts")
    pairs = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes):
            pairs.append((name, data.decode("utf-8", "replace").removesuffix("\r\n")))
    return _listed(pairs)


def _listed(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """A form as a mapping; a name that is repeated has a list."""
    found = _gathered(tuple(pairs))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
