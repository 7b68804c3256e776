"""A database image that never changes, shared by all databases that forked from it."""

import mmap
import os
import tempfile
import threading
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from worlds.blobs import Blobs
from worlds.digest import content_hash
from worlds.errors import ArchiveError
from worlds.parts.sql.sqlite.vintage import Version

PAGE_BYTES: Final = 4096
_MAGIC: Final = b"SQLite format 3\0"


class Base:
    """One image: whole pages of 4096 bytes, as SQLite's file format lays them out."""

    __slots__ = ("__weakref__", "_address", "_file", "_kept_in", "image", "pages_count", "version")

    def __init__(self, image: bytes, version: Version, address: str | None = None) -> None:
        self.image: Any = image
        self.version: Version = version
        """Which SQLite answers on it."""
        self.pages_count = len(image) // PAGE_BYTES
        self._address = address
        self._file: _File | None = None
        self._kept_in: weakref.WeakSet[Any] = weakref.WeakSet()

    @property
    def address(self) -> str:
        """The hexadecimal BLAKE2b-256 of the image, worked out when first asked for."""
        if self._address is None:
            self._address = content_hash(self.image).hex()
            _KNOWN.setdefault((self._address, self.version), self)
        return self._address

    def keep(self, blobs: Blobs) -> str:
        """Put the image where snapshots keep their bytes, once for each such place, and return its address."""
        if blobs not in self._kept_in:
            blobs.put(bytes(self.image))
            self._kept_in.add(blobs)
        return self.address

    def path(self) -> str:
        """A file with the image that other processes of this user can map; made when first asked for.

        From then on this process reads that file too, so that the image is in memory once.
        """
        with _WRITING:
            if self._file is None:
                self._file = _write_file(self.image)
                weakref.finalize(self, self._file.forget)
                if self.image:
                    self.image = mmap.mmap(self._file.descriptor, len(self.image), access=mmap.ACCESS_READ)
            return self._file.path


_WRITING: Final = threading.Lock()
_KNOWN: weakref.WeakValueDictionary[tuple[str, Version], Base] = weakref.WeakValueDictionary()


def load_base(address: str, version: Version, blobs: Blobs) -> Base:
    """The base of that address, shared if this process has it already. Raises ArchiveError."""
    found = _KNOWN.get((address, version))
    if found is not None:
        return found
    image = blobs.get(address)
    if content_hash(image).hex() != address:
        raise ArchiveError(f"the content stored under {address} is damaged")
    check_image(image)
    return _KNOWN.setdefault((address, version), Base(image, version, address))


def map_base(path: str, version: Version, address: str) -> Base:
    """The base that another process keeps in a file."""
    with Path(path).open("rb") as file:
        empty = not file.seek(0, os.SEEK_END)
        image: Any = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return Base(image, version, address)


def check_image(image: bytes) -> None:
    """Refuse what is neither empty nor a whole database in pages of 4096 bytes. Raises ArchiveError."""
    if not image:
        return
    size = int.from_bytes(image[16:18], "big")
    if image[:16] != _MAGIC or size != PAGE_BYTES or len(image) % PAGE_BYTES:
        raise ArchiveError("the stored image is not a database in pages of 4096 bytes")


@dataclass(frozen=True, slots=True)
class _File:
    """An open file with an image: one in memory without a name, where the system has such files."""

    descriptor: int
    name: str = ""
    maker: int = field(default_factory=os.getpid)

    @property
    def path(self) -> str:
        """Where others find it; asked of whichever process has it open, which may be a fork of the one that made it."""
        return self.name or f"/proc/{os.getpid()}/fd/{self.descriptor}"

    def forget(self) -> None:
        """Close it, and remove its name unless that is another process's to do."""
        os.close(self.descriptor)
        if self.name and self.maker == os.getpid():
            Path(self.name).unlink(missing_ok=True)


def _write_file(image: bytes) -> _File:
    made = _File(os.memfd_create("base")) if hasattr(os, "memfd_create") else _File(*tempfile.mkstemp(prefix="base-"))
    view = memoryview(image)
    while view:
        view = view[os.write(made.descriptor, view[: 1 << 24]) :]
    return made
