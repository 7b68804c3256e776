"""How ids look: from the field's type, format, pattern and examples, and from what such things are usually called."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from worlds.parts.api.document.operation import Schema
from worlds.parts.api.inference.collection import IdStyle
from worlds.parts.api.inference.naming import plain, words_of
from worlds.parts.api.inference.shapes import Shapes

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PREFIXED: Final = re.compile(r"((?:[A-Za-z]{1,12}_){1,3})([A-Za-z0-9]{4,40})")
_LETTER_AND_DIGITS: Final = re.compile(r"([A-Z]{1,4}-?)([0-9A-Fa-f]{3,34}|[0-9A-Z]{5,34})")
_PATTERN: Final = re.compile(r"\^?([A-Za-z]{1,12}[_-]?)\[([^\]]+)\]\{(\d+)(?:,(\d*))?\}\$?")
_CHOSEN: Final = ("name", "slug", "login", "username", "handle", "key", "code", "email", "sku", "domain", "title")
_USUAL: Final = {
    "account": "acct",
    "charge": "ch",
    "customer": "cus",
    "refund": "re",
    "dispute": "dp",
    "payout": "po",
    "invoice": "in",
    "subscription": "sub",
    "product": "prod",
    "price": "price",
    "payment_intent": "pi",
    "payment_method": "pm",
    "setup_intent": "seti",
    "balance_transaction": "txn",
    "event": "evt",
    "order": "or",
    "transfer": "tr",
    "card": "card",
}


def style_of(
    shapes: Shapes, schema: Schema, field: str, title: str, examples: Iterable[Any], chosen_by_caller: bool
) -> IdStyle:
    """The style of the ids in a field of a resource.

    `examples` are values of it that the document shows, beside those of the field itself.
    """
    leaf = _leaf(shapes, schema, field)
    resolved = shapes.document.resolve(leaf)
    kinds = shapes.kinds(leaf)
    known = [*resolved.get("examples", ()), *examples]
    if kinds & {"integer", "number"} and "string" not in kinds:
        return IdStyle("integer", text=False, start=_first_number(known))
    if resolved.get("format") in ("uuid", "guid") or any(_UUID.fullmatch(str(each)) for each in known[:1]):
        return IdStyle("uuid")
    pattern = resolved.get("pattern")
    if isinstance(pattern, str):
        return _from_pattern(pattern)
    last = plain(field.rpartition(".")[2])
    if (chosen_by_caller and last != "id") or last in _CHOSEN:
        return IdStyle("name", pattern="")
    return _from_examples(known) or _usual(shapes, schema, title, resolved)


def _leaf(shapes: Shapes, schema: Schema, field: str) -> Schema:
    for name in field.split("."):
        schema = shapes.fields(schema).get(name, {})
    return schema


def _first_number(known: Sequence[Any]) -> int:
    found = next((each for each in known if isinstance(each, int) and each > 0), None)
    return found if found is not None and found < 10**12 else 1


def _from_pattern(pattern: str) -> IdStyle:
    found = _PATTERN.fullmatch(pattern)
    if found is None:
        return IdStyle("letters", length=0, pattern=pattern)
    prefix, characters, low = found.group(1), found.group(2), int(found.group(3))
    alphabet = alphabet_of(characters)
    kind: Any = "hex" if alphabet == alphabet_of("0-9a-f") else "prefixed"
    return IdStyle(kind, prefix, max(low, 1), alphabet=alphabet, pattern=pattern)


def alphabet_of(characters: str) -> str:
    """The characters of a class such as `0-9a-fA-F`; letters of one case where both would do for hexadecimal."""
    text = characters.replace(r"\d", "0-9").replace(r"\w", "A-Za-z0-9_")
    found = ""
    while text:
        if len(text) > 2 and text[1] == "-":
            found += "".join(chr(code) for code in range(ord(text[0]), ord(text[2]) + 1))
            text = text[3:]
        else:
            found += text[0]
            text = text[1:]
    unique = "".join(dict.fromkeys(found))
    return "0123456789abcdef" if set(unique.lower()) == set("0123456789abcdef") else unique


def _from_examples(known: Sequence[Any]) -> IdStyle | None:
    for text in (each for each in known if isinstance(each, str)):
        if text.isdigit():
            return IdStyle("digits", length=max(len(text), 6) if len(text) > 2 else 0, text=True)
        found = _PREFIXED.fullmatch(text)
        if found:
            return IdStyle("prefixed", found.group(1), len(found.group(2)), alphabet=_alphabet(found.group(2)))
        found = _LETTER_AND_DIGITS.fullmatch(text)
        if found:
            return IdStyle("prefixed", found.group(1), len(found.group(2)), alphabet=_alphabet(found.group(2)))
        if re.fullmatch(r"[0-9a-f]{12,64}", text):
            return IdStyle("hex", length=len(text))
        if re.fullmatch(r"[A-Za-z0-9_-]{6,64}", text):
            return IdStyle("letters", length=len(text))
    return None


def _alphabet(text: str) -> str:
    if text.isdigit():
        return "0123456789"
    if re.fullmatch(r"[0-9a-f]+", text):
        return "0123456789abcdef"
    if text.upper() == text:
        return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return ""


def _usual(shapes: Shapes, schema: Schema, title: str, leaf: Schema) -> IdStyle:
    """Prefixed where resources say what they are (`object: charge`), letters elsewhere."""
    kind = shapes.document.resolve(shapes.fields(schema).get("object", {}))
    length_max = leaf.get("maxLength")
    if "object" in shapes.fields(schema) and (kind.get("enum") or kind.get("const") or kind.get("type") == "string"):
        named = str((kind.get("enum") or [kind.get("const") or title])[0])
        return IdStyle("prefixed", prefix_for(named) + "_", 16)
    length = min(length_max, 16) if isinstance(length_max, int) and length_max > 0 else 16
    return IdStyle("letters", length=length)


def prefix_for(title: str) -> str:
    """A short text before ids of what is called so."""
    last = plain(title.rpartition(".")[2])
    if last in _USUAL:
        return _USUAL[last]
    words = words_of(last)
    return "".join(word[0] for word in words) if len(words) > 1 else (words or ["id"])[0][:4]
