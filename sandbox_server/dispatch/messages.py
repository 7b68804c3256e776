"""JSON-RPC messages: read from bytes, told apart, written as bytes. Hostile bytes end here."""

import gc
import json
import re
from typing import Any, Final, Literal

import orjson

from sandbox_server.arrival import UNREAD, Arrival
from sandbox_server.connection import Message

DEPTH_MAX: Final = 200
"""Levels of nesting that are read; the encoder of ledgers and answers needs some of its own."""
VALUES_MAX: Final = 30_000
"""Values and keys that are read. Each costs microseconds on its way (parsed, checked, remembered, told of), and all
other episodes wait meanwhile; texts may be as long as a body is."""
_ENCODER_DEPTH: Final = 254
_LARGE: Final = 100_000
Kind = Literal["request", "notification", "response", "invalid"]

_SURROGATE: Final = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u[dD][89a-fA-F]..|.)", re.DOTALL)


class Unparsable(ValueError):
    """Bytes that are not JSON, or JSON that is nested out of bounds."""


class TooMany(Unparsable):
    """More values than others can wait for."""


def read(arrival: Arrival, *, lenient: bool = False) -> Any:
    """The parsed body of an arrival, parsed once. Raises Unparsable."""
    if arrival.value is UNREAD:
        try:
            arrival.value = parse(arrival.body, lenient=lenient)
        except TooMany as error:
            arrival.value = error
    if isinstance(arrival.value, TooMany):
        raise arrival.value
    return arrival.value


def parse(body: bytes, *, lenient: bool = False) -> Any:
    """The JSON value in some bytes. Raises Unparsable.

    Numbers beyond 64 bits become floats, as in JavaScript; half surrogate pairs become U+FFFD, and so do bytes that
    are not UTF-8 where a reader is `lenient`.
    """
    brackets = body.count(b"[") + body.count(b"{") if len(body) > 2 * DEPTH_MAX else 0
    if len(body) > VALUES_MAX and _marks(body) > VALUES_MAX and _has_many(body):
        raise TooMany("too many values")
    try:
        value = orjson.loads(body) if len(body) < _LARGE else _load_large(body)
    except orjson.JSONDecodeError as error:
        value = _parse_again(body, error, lenient=lenient)
    if brackets > DEPTH_MAX and _is_deep(value):
        raise Unparsable("nesting is too deep")
    return value


def encode(value: Any) -> bytes:
    """Compact JSON; what the fast encoder refuses (huge integers, half surrogates, NaN as such) goes the slow way."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), default=str).encode()


def encode_ascii(value: Any) -> bytes:
    """Compact JSON in ASCII."""
    body = encode(value)
    return body if body.isascii() else json.dumps(orjson.loads(body), separators=(",", ":")).encode()


def kind_of(message: Any, *, lenient_ids: bool = False) -> Kind:
    """What a parsed value is in JSON-RPC 2.0 as MCP uses it; `lenient_ids` takes unusable ids for none."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return "invalid"
    if isinstance(message.get("method"), str):
        if not isinstance(message.get("params", {}), dict):
            return "invalid"
        if "id" in message and is_id(message["id"]):
            return "request"
        return "notification" if lenient_ids or "id" not in message else "invalid"
    answered = "result" in message or isinstance(message.get("error"), dict)
    return "response" if answered and is_id(message.get("id")) else "invalid"


def is_id(value: Any) -> bool:
    """Whether a value can identify a request."""
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def params_of(message: Message) -> dict[str, Any]:
    """The params of a request, {} where it has none."""
    params: dict[str, Any] = message.get("params") or {}
    return params


def _has_many(body: bytes) -> bool:
    """Whether a body holds more values and keys than are read: marks inside of texts do not count."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    if body.count(b'"') > 2 * VALUES_MAX:
        return True
    return _marks(b"".join(body.split(b'"')[::2])) > VALUES_MAX


def _marks(body: bytes) -> int:
    """The marks that begin, part or name values."""
    return sum(map(body.count, (b",", b":", b"[", b"{")))


def _load_large(body: bytes) -> Any:
    """Parse without the garbage collector, which would look at the growing value over and over."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return orjson.loads(body)
    finally:
        if collecting:
            gc.enable()


def _parse_again(body: bytes, error: orjson.JSONDecodeError, *, lenient: bool) -> Any:
    """Parse with replacements: for bad UTF-8 if lenient, for half surrogate pairs in bodies of usual size."""
    text = body.decode("utf-8", "replace").encode() if lenient else body
    if len(text) < _LARGE and b"\\ud" in text.lower():
        text = _SURROGATE.sub(_paired, text)
    if text == body:
        raise Unparsable(str(error))
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Unparsable(str(error)) from None


def _paired(match: re.Match[bytes]) -> bytes:
    """Whole pairs and other escapes as they are; half a pair as the replacement character."""
    text = match.group()
    return rb"\ufffd" if len(text) == 6 and text[2:3] in b"dD" else text


def _is_deep(value: Any) -> bool:
    """Whether nesting exceeds the bound; the encoder finds out at once, some of its levels being taken up before."""
    for _ in range(_ENCODER_DEPTH - DEPTH_MAX):
        value = [value]
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return True
    return False
