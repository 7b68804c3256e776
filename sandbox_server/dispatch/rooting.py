"""URLs of a service as its client reaches them: what is recorded begins at the service's root, what leaves does not.

They change last, when everything that may happen to an answer on its way has been decided and recorded, so that
neither records nor faults depend on a token, a host or a port.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Final

import orjson

from fault_injection.delivery import Chunk, Delivery
from worlds.parts.api.places import value_at

_OWN: Final = re.compile(rb"/(?!/)")
"""How a URL of the service begins."""
_LINK: Final = re.compile(rb"<(?=/(?!/))")
"""Where one stands in a Link header (RFC 8288)."""


def rooted(delivery: Delivery, answered: Delivery, root: str, places: Sequence[str]) -> Delivery:
    """A delivery whose URLs lead below `root`; `answered` is what the service said, `places` its fields with URLs.

    Only what the service said is changed: headers and bodies that came to an answer on its way stay as they are.
    """
    before = root.encode("latin-1")
    headers = tuple(_header(*pair, before) if pair in answered.headers else pair for pair in delivery.headers)
    spots = sorted({*_spots(answered.body, places)})
    if spots and delivery.body and answered.body.startswith(delivery.body):
        chunks, more = _put_in(delivery.chunks, spots, before)
        headers = tuple(_lengthened(*pair, more) for pair in headers)
        return Delivery(chunks, delivery.status, headers, delivery.end, delivery.pause_ns)
    if headers == delivery.headers:
        return delivery
    return Delivery(delivery.chunks, delivery.status, headers, delivery.end, delivery.pause_ns)


def _header(name: bytes, value: bytes, root: bytes) -> tuple[bytes, bytes]:
    if name == b"location" and _OWN.match(value):
        return name, root + value
    return (name, _LINK.sub(lambda _: b"<" + root, value)) if name == b"link" else (name, value)


def _lengthened(name: bytes, value: bytes, more: int) -> tuple[bytes, bytes]:
    return (name, b"%d" % (int(value) + more)) if name == b"content-length" and value.isdigit() else (name, value)


def _spots(body: bytes, places: Sequence[str]) -> Iterator[int]:
    """Where in a body URLs of the service begin."""
    told = _read(body) if places else None
    for place in places if isinstance(told, dict) else ():
        value = value_at(told, place)
        if isinstance(value, str) and _OWN.match(value.encode()):
            name = json.dumps(place.rpartition(".")[2], ensure_ascii=False)
            at = body.find(f"{name}:{json.dumps(value, ensure_ascii=False)}".encode())
            if at >= 0:
                yield at + len(name.encode()) + 2


def _read(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        return None


def _put_in(chunks: Sequence[Chunk], spots: Sequence[int], root: bytes) -> tuple[tuple[Chunk, ...], int]:
    """The chunks with the root put in at some places of what they are together, and by how many bytes that is more."""
    starts = list(accumulate((len(each.data) for each in chunks), initial=0))
    inside = [at for at in reversed(spots) if at < starts[-1]]
    data = [each.data for each in chunks]
    for at in inside:
        number = bisect_right(starts, at) - 1
        cut = at - starts[number]
        data[number] = data[number][:cut] + root + data[number][cut:]
    made = tuple(Chunk(each, chunk.pause_ns) for each, chunk in zip(data, chunks, strict=True))
    return made, len(inside) * len(root)
