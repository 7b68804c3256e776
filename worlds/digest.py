"""Content hashes: one for bytes, one for values, and a set hash that is kept up to date by adding and removing.

The set hash is AdHash (Bellare and Micciancio, 1997) over SHAKE-128 with a modulus of 2**4096: the best known
attack, Wagner's generalised birthday (2002), costs about 2**(2 * sqrt(4096)) = 2**128 steps.
"""

import hashlib
import json
from typing import Final, NewType

import orjson

SetSum = NewType("SetSum", int)
"""A running sum of entries, 0 for the empty set. Add and remove entries; `seal` it to compare."""

EMPTY: Final = SetSum(0)
_WIDTH: Final = 512
_MASK: Final = (1 << (8 * _WIDTH)) - 1
_FLAGS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def content_hash(data: bytes) -> bytes:
    """The 32-byte BLAKE2b hash of some bytes."""
    return hashlib.blake2b(data, digest_size=32).digest()


def canonical(value: object) -> bytes:
    """One spelling for equal JSON-like values: sorted keys, no spaces; bytes are written as a tagged hex text.

    NaN and infinities are spelled `null`, as JSON has no others.
    """
    try:
        return orjson.dumps(value, default=_tagged, option=_FLAGS)
    except TypeError:  # integers beyond 64 bits and lone surrogates, which agents may well send
        return json.dumps(_text_keyed(value), default=_tagged, sort_keys=True, separators=(",", ":")).encode()


def value_hash(value: object) -> bytes:
    """The 32-byte hash of a JSON-like value in its canonical spelling."""
    return content_hash(canonical(value))


def entry(*fields: bytes) -> int:
    """The weight of one set member; the fields are length-prefixed, so no two lists of fields collide."""
    shake = hashlib.shake_128()
    for field in fields:
        shake.update(len(field).to_bytes(8, "little"))
        shake.update(field)
    return int.from_bytes(shake.digest(_WIDTH), "little")


def plus(total: SetSum, weight: int) -> SetSum:
    """The set with one more member."""
    return SetSum((total + weight) & _MASK)


def minus(total: SetSum, weight: int) -> SetSum:
    """The set with one member less."""
    return SetSum((total - weight) & _MASK)


def seal(total: SetSum) -> bytes:
    """The 32-byte digest of a running sum."""
    return content_hash(total.to_bytes(_WIDTH, "little"))


def _text_keyed(value: object) -> object:
    """The value with texts for keys: others cannot be sorted beside them."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _text_keyed(item) for key, item in value.items()}
    return [_text_keyed(item) for item in value] if isinstance(value, list | tuple) else value


def _tagged(value: object) -> object:
    if isinstance(value, bytes | bytearray | memoryview):
        return {"$bytes": bytes(value).hex()}
    if isinstance(value, set | frozenset):
        return sorted(value)
    return {"$text": str(value)}
