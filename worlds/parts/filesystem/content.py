"""Bytes and permission bits as people write them."""

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from worlds.parts.filesystem.walk import NAME_BYTES_MAX, PATH_BYTES_MAX


def octal(written: object) -> object:
    """Permission bits as octal digits; a number stands for its own digits: 644 means "644".

    Raises ValueError for anything but three or four octal digits.
    """
    text = str(written) if isinstance(written, str | int) and not isinstance(written, bool) else ""
    if not (3 <= len(text) <= 4 and set(text) <= set("01234567")):
        raise ValueError('a mode is three or four octal digits, for example "644" or "755"')
    return text


def utf8(text: str) -> str:
    """Refuse a text that cannot be stored as UTF-8 (it holds a lone surrogate)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("the text holds half of a surrogate pair, which UTF-8 cannot store") from None
    return text


def link_target(text: str) -> str:
    """Refuse a text that no symbolic link could say."""
    if not text or "\0" in text or len(utf8(text).encode()) > PATH_BYTES_MAX:
        raise ValueError(f"a link says 1 to {PATH_BYTES_MAX} bytes without NUL")
    return text


def base64_text(text: str) -> str:
    """Refuse a text that is not base64; white space is allowed."""
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("this is not base64 (letters, digits, + and /, padded with = to a multiple of four)") from None
    return text


Mode = Annotated[str, BeforeValidator(octal, json_schema_input_type=str | int)]
Text = Annotated[str, AfterValidator(utf8)]
Base64 = Annotated[str, AfterValidator(base64_text)]
Target = Annotated[str, AfterValidator(link_target)]


def content(text: str | None, encoded: str | None) -> bytes:
    """The bytes of a content given in one of its two forms."""
    if text is not None:
        return text.encode()
    return base64.b64decode("".join((encoded or "").split()), validate=True)


def root_path(text: str) -> str:
    """An absolute path without slashes too many. Raises ValueError for a relative path, `.`, `..` or an odd name."""
    names = [name for name in text.split("/") if name]
    if not text.startswith("/"):
        raise ValueError("a root is an absolute path, for example /workspace")
    return "/" + "/".join(_checked(names))


def file_path(text: str) -> str:
    """A path below the root, with a slash at its end for a directory. Raises ValueError for anything else."""
    names = text.removesuffix("/").split("/")
    if not all(names):
        raise ValueError("a path is relative to the root, for example notes/a.txt, or notes/ for a directory")
    _checked(names)
    return text


def _checked(names: list[str]) -> list[str]:
    for name in names:
        if name in (".", "..") or "\0" in name:
            raise ValueError("a path holds neither . nor .. nor a NUL character")
        if len(utf8(name).encode()) > NAME_BYTES_MAX:
            raise ValueError(f"a name has at most {NAME_BYTES_MAX} bytes: {name[:40]}...")
    if sum(len(name.encode()) + 1 for name in names) > PATH_BYTES_MAX:
        raise ValueError(f"a path has at most {PATH_BYTES_MAX} bytes")
    return names
