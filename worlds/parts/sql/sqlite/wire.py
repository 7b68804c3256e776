"""What a process and its SQLite workers say to each other, in frames small enough that nobody else waits for one."""

from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, Final

import msgspec

from worlds.digest import SetSum
from worlds.parts.sql.sqlite.base import PAGE_BYTES
from worlds.parts.sql.sqlite.execute import Ending
from worlds.parts.sql.sqlite.state import TableSum
from worlds.parts.sql.sqlite.vintage import Version

_SUM_BYTES: Final = 512
_PAGES_PER_FRAME: Final = 64
_ROWS_PER_FRAME: Final = 500
_ENCODER: Final = msgspec.msgpack.Encoder()
WireSum = tuple[bytes, bytes, int]


class Work(msgspec.Struct, array_like=True):
    """A statement, and the state that it runs on; its overlay's pages follow in frames."""

    base_path: str
    base_address: str
    base_version: Version
    pages_count: int
    overlay: list[int]
    sums: dict[str, WireSum]
    internal: bytes
    sql: str
    parameters: Any
    ending: Ending
    now_ns: int
    seed: bytes


class Done(msgspec.Struct, array_like=True):
    """What became of it; rows, changes and changed pages follow in frames."""

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    affected: int = -1
    error: tuple[str, str] | None = None
    written: bool = False
    """Whether anything below is of interest."""
    pages_count: int = 0
    overlay: list[int] = []
    """Pages that are not what they were."""
    redefined: bool = False
    """Whether the schema may be another."""
    sums: dict[str, WireSum | None] = {}
    internal: bytes = b""
    things: list[tuple[str, Any]] = []


def write_frame(stream: IO[bytes], value: Any) -> None:
    """One value with its length in front."""
    data = _ENCODER.encode(value)
    stream.write(len(data).to_bytes(4, "little"))
    stream.write(data)


def read_frame(stream: IO[bytes], kind: Any = Any) -> Any:
    """One value. Raises EOFError at the end of the stream."""
    head = stream.read(4)
    if len(head) < 4:
        raise EOFError
    size = int.from_bytes(head, "little")
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return msgspec.msgpack.decode(data, type=kind)


def write_list(stream: IO[bytes], items: Sequence[Any]) -> None:
    """A list of any length: its length, then as many frames as it takes."""
    write_frame(stream, len(items))
    for start in range(0, len(items), _ROWS_PER_FRAME):
        write_frame(stream, items[start : start + _ROWS_PER_FRAME])


def read_list(stream: IO[bytes], kind: Any = list[Any]) -> list[Any]:
    """A list of any length."""
    left = read_frame(stream, int)
    items: list[Any] = []
    while len(items) < left:
        items += read_frame(stream, kind)
    return items


def write_pages(stream: IO[bytes], pages: Iterable[bytes]) -> None:
    """Pages in the order of a list of numbers that the reader has."""
    batch: list[bytes] = []
    for page in pages:
        batch.append(page)
        if len(batch) == _PAGES_PER_FRAME:
            write_frame(stream, b"".join(batch))
            batch.clear()
    if batch:
        write_frame(stream, b"".join(batch))


def read_pages(stream: IO[bytes], numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Numbered pages."""
    for start in range(0, len(numbers), _PAGES_PER_FRAME):
        data: bytes = read_frame(stream, bytes)
        for place, number in enumerate(numbers[start : start + _PAGES_PER_FRAME]):
            yield number, data[place * PAGE_BYTES : (place + 1) * PAGE_BYTES]


def pack_sum(each: TableSum) -> WireSum:
    """Sums as bytes: MessagePack has no integers of this size."""
    return pack_number(each.rows), pack_number(each.numbers), each.rows_count


def unpack_sum(packed: WireSum) -> TableSum:
    """Sums from bytes."""
    return TableSum(SetSum(unpack_number(packed[0])), SetSum(unpack_number(packed[1])), packed[2])


def pack_number(number: int) -> bytes:
    """A sum's integer as bytes."""
    return number.to_bytes(_SUM_BYTES, "little")


def unpack_number(data: bytes) -> int:
    """A sum's integer."""
    return int.from_bytes(data, "little")
