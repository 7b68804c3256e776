"""Content-addressed bytes: what portable snapshots are made of."""

import threading
from pathlib import Path
from typing import Protocol

from worlds.digest import content_hash
from worlds.errors import ArchiveError


class Blobs(Protocol):
    """Where `dump` puts bytes and `load` gets them, by the hexadecimal BLAKE2b-256 of their content."""

    def put(self, data: bytes) -> str:
        """Keep some bytes and return their address; the same bytes are kept once."""
        ...

    def get(self, address: str) -> bytes:
        """The bytes at an address. Raises ArchiveError when they are missing or not what they should be."""
        ...


class MemoryBlobs:
    """Blobs in a dict: for archives being written or read, and for tests."""

    def __init__(self) -> None:
        self.items: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        """Keep some bytes and return their address."""
        address = content_hash(data).hex()
        self.items.setdefault(address, data)
        return address

    def get(self, address: str) -> bytes:
        """The bytes at an address."""
        try:
            return self.items[address]
        except KeyError:
            raise ArchiveError(f"no content with the hash {address}") from None


class FolderBlobs:
    """Blobs as files in a folder, verified as they are read: for steps that memory no longer keeps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes) -> str:
        """Write some bytes whole, or not at all, and return their address. Raises OSError."""
        address = content_hash(data).hex()
        target = self.folder / address
        if not target.exists():
            partial = target.with_suffix(f".{threading.get_ident()}")  # several threads may put the same bytes
            try:
                partial.write_bytes(data)
                partial.replace(target)
            except OSError:
                partial.unlink(missing_ok=True)  # a full disk would stay full
                raise
        return address

    def get(self, address: str) -> bytes:
        """The bytes at an address, checked against it."""
        try:
            data = (self.folder / address).read_bytes()
        except FileNotFoundError:
            raise ArchiveError(f"no content with the hash {address}") from None
        if content_hash(data).hex() != address:
            raise ArchiveError(f"the content stored under {address} is damaged")
        return data
