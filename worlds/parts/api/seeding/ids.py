"""Ids of seeded resources, in the style of their collection."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from worlds.parts.api.inference.collection import IdStyle
from worlds.parts.api.seeding.draws import Luck
from worlds.parts.api.seeding.naming import uuid_text
from worlds.parts.api.seeding.patterns import text_like

_ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SMALL: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def seeded_id(style: IdStyle, number: int, luck: Luck, record: Mapping[str, Any], title: str) -> Any:
    """The id of the `number`-th resource (from 0); `record` is what is known of it."""
    if style.kind == "integer":
        value = style.start + number
        return f"{style.prefix}{value}" if style.text else value
    if style.kind == "uuid":
        return uuid_text(luck, "id")
    if style.kind == "name":
        return _name(number, luck, record, title)
    if style.pattern and not style.length:
        return text_like(style.pattern, luck) or luck.letters(16, _SMALL, "id")
    length = style.length or 14
    if style.kind == "digits":
        text = luck.letters(1, "123456789", "first") + luck.letters(length - 1, "0123456789", "id")
        return text if style.text else int(text)
    alphabet = style.alphabet or ("0123456789abcdef" if style.kind == "hex" else _ALPHANUMERIC)
    return style.prefix + luck.letters(length, alphabet, "id")


def _name(number: int, luck: Luck, record: Mapping[str, Any], title: str) -> str:
    """A short name, as people choose them: from another field that tells, else from words."""
    told = next((record[each] for each in ("name", "title", "display_name", "label") if record.get(each)), None)
    text = str(told) if isinstance(told, str) else f"{title} {luck.letters(4, _SMALL, 'name')}"
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "item"
    return slug if number == 0 else f"{slug}-{luck.letters(3, _SMALL, 'tail')}"
