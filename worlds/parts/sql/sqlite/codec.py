"""Rows as bytes and as set members: one spelling for equal rows, on any machine."""

import base64
from collections.abc import Sequence
from typing import Any, Final

import msgspec

_ENCODER: Final = msgspec.msgpack.Encoder()
_TEXT_EXTENSION: Final = 1

_SHOWN_AS_THEY_ARE: Final = frozenset({int, float, str, type(None)})

pack: Final = _ENCODER.encode
"""The bytes of a row: MessagePack, which tells integers, reals, texts, blobs and NULL apart."""


def undecodable(data: bytes) -> msgspec.msgpack.Ext:
    """A text that is not UTF-8, as SQLite may hold one."""
    return msgspec.msgpack.Ext(_TEXT_EXTENSION, data)


def shown(value: Any) -> Any:
    """A value as changes show it: JSON-like, blobs (and texts that are not UTF-8) as `{"base64": ...}`."""
    if type(value) in _SHOWN_AS_THEY_ARE:
        return value
    if isinstance(value, bytes):
        return {"base64": _base64(value)}
    return {"base64": _base64(bytes(value.data)), "text": True}


def shown_row(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row as changes show it: a mapping by column."""
    plain = _SHOWN_AS_THEY_ARE.issuperset(map(type, row))
    return dict(zip(columns, row if plain else map(shown, row), strict=True))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
