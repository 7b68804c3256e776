"""Files that SQLite believes to have, without a disk below them."""

from typing import Final

import apsw

SPILL_BYTES_MAX: Final = 128 << 20
_SECTOR_BYTES: Final = 4096


class StillFile:
    """A file that nobody else has and that needs no care: the methods of SQLite's interface that do nothing."""

    __slots__ = ()

    def xSync(self, flags: int) -> None:
        """Nothing to do: memory is as durable as it gets."""

    def xLock(self, level: int) -> None:
        """Nothing to do: nobody else has this file."""

    def xUnlock(self, level: int) -> None:
        """Nothing to do."""

    def xCheckReservedLock(self) -> bool:
        """Whether somebody is writing: never."""
        return False

    def xFileControl(self, operation: int, pointer: int) -> bool:
        """No control is known."""
        return False

    def xSectorSize(self) -> int:
        """Bytes that are written at once."""
        return _SECTOR_BYTES

    def xDeviceCharacteristics(self) -> int:
        """What SQLite may rely on."""
        return 0

    def xClose(self) -> None:
        """Nothing to do."""


class MemoryFile(StillFile):
    """A journal or temporary file."""

    __slots__ = ("data",)

    def __init__(self) -> None:
        self.data = bytearray()

    def xRead(self, amount: int, offset: int) -> bytes:
        """Bytes of the file."""
        return bytes(self.data[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        """Put bytes, growing the file."""
        end = offset + len(data)
        if end > SPILL_BYTES_MAX:
            raise apsw.FullError("database or disk is full")
        if end > len(self.data):
            self.data.extend(bytes(end - len(self.data)))
        self.data[offset:end] = data

    def xTruncate(self, size: int) -> None:
        """Cut the file."""
        del self.data[size:]

    def xFileSize(self) -> int:
        """Bytes of the file."""
        return len(self.data)
