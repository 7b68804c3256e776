"""Blobs in a few files that only grow: one per writer, so that a step costs one write and a killed writer harms none.

A pack is a first line and then entries: 32 bytes of address, 8 bytes of length (the highest bit: compressed), the
data. An entry that was cut short by the death of its writer ends a pack; nobody ever writes behind it.
"""

import mmap
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from worlds.digest import content_hash
from worlds.errors import ArchiveError

HEAD: Final = b"soundstage-pack 1\n"
_ADDRESS_BYTES: Final = 32
_ENTRY_BYTES: Final = _ADDRESS_BYTES + 8
_COMPRESSED: Final = 1 << 63
_COMPRESSED_MIN: Final = 256
_LEVEL: Final = 1
_SUFFIX: Final = ".pack"
_PACKS_MAX: Final = 1_000_000


class Place(NamedTuple):
    """Where a blob lies."""

    pack: Path
    offset: int
    length: int
    compressed: bool


class PackBlobs:
    """Blobs in a folder of packs. What is put is kept in memory until `flush` writes all of it in one go."""

    def __init__(self, folder: Path) -> None:
        """Reads where the blobs of earlier writers lie; the folder need not exist before something is put."""
        self.folder = folder
        self._places: dict[bytes, Place] = {}
        self._waiting: dict[bytes, bytes] = {}
        self._file: int | None = None
        self._path = folder
        self._end = 0
        self._maps: dict[Path, mmap.mmap] = {}
        for pack in sorted(folder.glob(f"*{_SUFFIX}")):
            self._places.update(_entries(pack))

    def put(self, data: bytes) -> str:
        """Keep some bytes and return their address; they are durable after the next `flush`."""
        address = content_hash(data)
        if address not in self._places and address not in self._waiting:
            self._waiting[address] = data
        return address.hex()

    def get(self, address: str) -> bytes:
        """The bytes at an address. Raises ArchiveError when they are missing or damaged."""
        key = _key(address)
        if key in self._waiting:
            return self._waiting[key]
        place = self._places.get(key)
        if place is None:
            raise ArchiveError(f"no content with the hash {address}", hint=f"looked in {self.folder}")
        data = self._read(place, address)
        if content_hash(data) != key:
            raise ArchiveError(f"the content stored under {address} is damaged", hint=f"it lies in {place.pack}")
        return data

    def waiting(self) -> list[str]:
        """Addresses of what the next `flush` writes."""
        return [address.hex() for address in self._waiting]

    def addresses(self) -> list[str]:
        """Addresses of all that is written, in the order in which it was."""
        return [address.hex() for address in self._places]

    def flush(self) -> None:
        """Write what was put since the last time. Raises OSError; then it still waits, and nothing is half written."""
        if not self._waiting:
            return
        file, chunks, places, at = self._opened(), [], {}, self._end
        for address, data in self._waiting.items():
            length, packed, compressed = _packed(data)
            chunks += [address, length.to_bytes(8, "big"), packed]
            places[address] = Place(self._path, at + _ENTRY_BYTES, len(packed), compressed)
            at += _ENTRY_BYTES + len(packed)
        try:
            _write_whole(file, b"".join(chunks))
        except OSError:
            os.ftruncate(file, self._end)
            raise
        self._end = at
        self._places.update(places)
        self._waiting.clear()

    def sync(self) -> None:
        """Force what was written to the disk."""
        if self._file is not None:
            os.fsync(self._file)

    def close(self) -> None:
        """Write what waits, force it to the disk, and give back the files."""
        try:
            self.flush()
        finally:
            if self._file is not None:
                self.sync()
                os.close(self._file)
                self._file = None
            for each in self._maps.values():
                each.close()
            self._maps.clear()

    def _opened(self) -> int:
        """The pack of this writer, made when first needed."""
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._path, self._file = _new_pack(self.folder)
            _write_whole(self._file, HEAD)
            self._end = len(HEAD)
        return self._file

    def _read(self, place: Place, address: str) -> bytes:
        data = self._map(place)[place.offset : place.offset + place.length]
        if not place.compressed:
            return data
        try:
            return zlib.decompress(data)
        except zlib.error as error:
            raise ArchiveError(f"the content stored under {address} is damaged: {error}") from None

    def _map(self, place: Place) -> mmap.mmap:
        """The pack in memory, mapped again after it has grown."""
        found = self._maps.get(place.pack)
        if found is None or len(found) < place.offset + place.length:
            if found is not None:
                found.close()
            try:
                with place.pack.open("rb") as file:
                    found = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except (OSError, ValueError) as error:
                raise ArchiveError(f"cannot read {place.pack}: {error}") from None
            self._maps[place.pack] = found
        return found


def _packed(data: bytes) -> tuple[int, bytes, bool]:
    """(the length as an entry tells it, the bytes that it holds, whether they are compressed)."""
    if len(data) >= _COMPRESSED_MIN:
        small = zlib.compress(data, _LEVEL)
        if len(small) < len(data):
            return len(small) | _COMPRESSED, small, True
    return len(data), data, False


def _entries(pack: Path) -> Iterator[tuple[bytes, Place]]:
    """The whole entries of a pack. Raises ArchiveError for a file that is none."""
    size = pack.stat().st_size
    if size < len(HEAD):
        return
    with pack.open("rb") as file, mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as data:
        if data[: len(HEAD)] != HEAD:
            raise ArchiveError(f"{pack} does not hold states that this version can read")
        at = len(HEAD)
        while at + _ENTRY_BYTES <= size:
            told = int.from_bytes(data[at + _ADDRESS_BYTES : at + _ENTRY_BYTES], "big")
            place = Place(pack, at + _ENTRY_BYTES, told & ~_COMPRESSED, bool(told & _COMPRESSED))
            if place.offset + place.length > size:
                return
            yield data[at : at + _ADDRESS_BYTES], place
            at = place.offset + place.length


def _new_pack(folder: Path) -> tuple[Path, int]:
    """A pack that nobody else writes to."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
    for number in range(1, _PACKS_MAX):
        path = folder / f"{number:06}{_SUFFIX}"
        try:
            return path, os.open(path, flags, 0o644)
        except FileExistsError:
            continue
    raise OSError(f"{folder} is full")


def _key(address: str) -> bytes:
    try:
        return bytes.fromhex(address)
    except ValueError:
        raise ArchiveError(f"{address!r} is no address") from None


def _write_whole(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
