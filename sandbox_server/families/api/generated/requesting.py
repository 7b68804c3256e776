"""The request that a tool makes of its arguments."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from sandbox_server.families.api.generated.flattening import WHOLE
from sandbox_server.families.api.generated.routes import Parameter
from sandbox_server.families.api.generated.tools import Tool
from worlds.parts.api.exchange import ABSENT, Request

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_LAYERS_MAX: Final = 32
_DELIMITERS: Final = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_HEADER_TYPE: Final = "Header value must be str or bytes, not "


class Unbuildable(Exception):
    """Arguments of which no request can be made, as the generator says it: the kind of error and its message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")


def request_of(tool: Tool, arguments: Mapping[str, Any]) -> Request:
    """The request. What the operation does not know is left out; only the path is checked. Raises Unbuildable."""
    placed: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}, "body": {}}
    for name, value in arguments.items():
        argument = tool.places.get(name)
        if argument is not None and value is not None:
            placed[argument.place][argument.name] = value
    operation = tool.route.operation
    query = tuple(_query(tool, placed["query"]))
    path = _path(operation.path, placed["path"])
    headers = {"accept": "*/*", **dict(_headers(placed["header"], placed["cookie"]))}
    body = placed["body"].get(WHOLE, placed["body"] or ABSENT)
    if body is ABSENT:
        return Request(operation.method, path, query, headers)
    kind = _media_type(tool)
    return Request(operation.method, path, query, {**headers, "content-type": kind}, _body(body, kind))


def _media_type(tool: Tool) -> str:
    body = tool.route.body
    written = next(iter(body.content), "") if body else ""
    return written or "application/json"


def _body(body: Any, kind: str) -> Any:
    """What arrives: a form's values are texts, lists of them where a name is repeated."""
    if isinstance(body, dict) and kind.partition(";")[0].strip().lower() in (FORM, MULTIPART):
        return {name: [_text(each) for each in value] if isinstance(value, list) else _text(value)
                for name, value in body.items()}  # fmt: skip
    return body


def _path(template: str, values: Mapping[str, Any]) -> str:
    names = dict.fromkeys(_PLACEHOLDER.findall(template))
    missing = [repr(name) for name in names if name not in values]
    if missing:
        raise Unbuildable("ValueError", f"Missing required path parameters: {{{', '.join(missing)}}}")
    for name, value in values.items():
        if f"{{{name}}}" in template:
            _refuse_dots(name, str(value))
            template = template.replace(f"{{{name}}}", quote(str(value), safe="").replace(".", "%2E"))
    return f"/{template.lstrip('/')}"


def _refuse_dots(name: str, value: str) -> None:
    """Steps upwards, however often they are encoded."""
    for _ in range(_LAYERS_MAX):
        if any(part in (".", "..") for part in value.replace("\\", "/").split("/")):
            raise Unbuildable("ValueError", f"Path parameter '{name}' cannot contain dot segments")
        decoded = unquote(value)
        if decoded == value:
            return
        value = decoded
    raise Unbuildable("ValueError", f"Path parameter '{name}' has too many encoding layers")


def _query(tool: Tool, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = {each.name: each for each in tool.route.parameters if each.place == "query"}
    merged: dict[str, Any] = {}
    for name, value in values.items():
        merged.update(_serialised(known[name], value))
    for name, value in merged.items():
        for each in value if isinstance(value, list | tuple) else [value]:
            yield name, _primitive(each)


def _serialised(parameter: Parameter, value: Any) -> dict[str, Any]:
    """One parameter by its style; a list that is repeated stays one."""
    name, style = parameter.name, parameter.style or "form"
    spread = parameter.explode
    if spread is None:
        spread = not (isinstance(value, list) and style in ("pipeDelimited", "spaceDelimited"))
    delimiter = _DELIMITERS.get(style, ",")
    if isinstance(value, dict):
        if not value:
            return {}
        pairs = [(_text(key), _text(each)) for key, each in value.items()]
        if spread:
            return {f"{name}[{key}]" if style == "deepObject" else key: each for key, each in pairs}
        return {name: delimiter.join(text for pair in pairs for text in pair)}
    if isinstance(value, list) and not spread:
        return {name: delimiter.join(map(_text, value))} if value else {}
    return {name: value}


def _headers(headers: Mapping[str, Any], cookies: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if not isinstance(value, str):
            raise Unbuildable("TypeError", f"{_HEADER_TYPE}{type(value)}")
        yield name.lower(), value
    if cookies:
        yield "cookie", "; ".join(f"{name}={_text(value)}" for name, value in cookies.items())


def _text(value: Any) -> str:
    """A value in a form or a path of a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _primitive(value: Any) -> str:
    """A value in a query."""
    return "" if value is None else _text(value)
