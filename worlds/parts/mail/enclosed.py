"""Attachments: bytes by their base64, with a name, a type and a size."""

import base64
import binascii
import mimetypes
from collections.abc import Mapping
from typing import Any, Final

from worlds.errors import WorldError

_FALLBACK: Final = "application/octet-stream"
_TYPES: Final = mimetypes.MimeTypes(filenames=())
"""The types that Python knows itself: those of the machine would differ from host to host."""


def enclosed(name: str, content: str | Mapping[str, str]) -> dict[str, Any]:
    """An attachment from a text, or from `{base64: ..., type: ...}`. Raises WorldError."""
    if isinstance(content, str):
        return attachment(name, content.encode(), "text/plain" if type_of(name) == _FALLBACK else "")
    if "base64" not in content:
        raise WorldError(f"attachment {name!r}: a text or a mapping with base64 is expected")
    return attachment(name, decoded(content["base64"], name), content.get("type", ""))


def attachment(name: str, data: bytes, kind: str = "") -> dict[str, Any]:
    """An attachment from its bytes; the type follows from the name where none is given."""
    return {
        "name": name,
        "type": kind or type_of(name),
        "size": len(data),
        "content": base64.b64encode(data).decode(),
    }


def type_of(name: str) -> str:
    """The media type of a file's name."""
    return _TYPES.guess_type(name)[0] or _FALLBACK


def decoded(text: str, name: str) -> bytes:
    """The bytes of a base64 text. Raises WorldError."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise WorldError(f"attachment {name!r}: its content is not base64") from None
