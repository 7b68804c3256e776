"""The file that a connection believes to read and write: one state of a database at a time."""

import apsw

from worlds.parts.sql.sqlite.base import PAGE_BYTES
from worlds.parts.sql.sqlite.files import StillFile
from worlds.parts.sql.sqlite.pages import Overlay, Pages

_COUNTER = slice(24, 28)
_GLANCE_BYTES = 16
_VALID_FOR = slice(92, 96)
_CHARACTERISTICS = (
    apsw.SQLITE_IOCAP_ATOMIC
    | apsw.SQLITE_IOCAP_SAFE_APPEND
    | apsw.SQLITE_IOCAP_SEQUENTIAL
    | apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE
)


class Mount(StillFile):
    """Copy-on-write pages behind SQLite's file interface.

    Switching to another state needs no new connection: SQLite drops its page cache when the change counter in the
    header is not the one it saw last, so the mount shows each state with a counter never shown before (and takes the
    difference off again when SQLite writes the header).
    """

    __slots__ = ("_base", "_count", "_overlay", "_pages", "_salt", "_shown", "pages_max", "reads_left")

    def __init__(self, pages: Pages) -> None:
        self._salt = 0
        self._shown = pages.header_number(24)
        self.reads_left = 1 << 62
        """Pages that may still be read before a statement counts as too long."""
        self.pages_max = 1 << 31
        self._pages: Pages | None = pages
        self._base = pages.base
        self._overlay: Overlay = pages.overlay
        self._count = pages.count

    @property
    def pages(self) -> Pages:
        """The state as it is now; the same object as long as nothing is written."""
        if self._pages is None:
            self._pages = Pages(self._base, self._overlay, self._count)
        return self._pages

    def show(self, pages: Pages) -> None:
        """Become another state."""
        if pages is self._pages:
            return
        self._shown = (self._shown + 1) & 0xFFFFFFFF
        self._salt = (self._shown - pages.header_number(24)) & 0xFFFFFFFF
        self._pages = pages
        self._base, self._overlay, self._count = pages.base, pages.overlay, pages.count

    def xRead(self, amount: int, offset: int) -> bytes:
        """Bytes of the file; fewer than asked for at its end."""
        self.reads_left -= 1
        if self.reads_left < 0:
            raise apsw.IOError("too many pages for one turn")
        if offset == _COUNTER.start and amount == _GLANCE_BYTES:
            return self._glance()
        number, within = divmod(offset, PAGE_BYTES)
        if number >= self._count:
            return b""
        page = self._overlay.get(number)
        if page is None:
            page = self._base.image[number * PAGE_BYTES : (number + 1) * PAGE_BYTES]
        if number == 0:
            page = self._salted(page, self._salt)
        return page if amount == PAGE_BYTES else page[within : within + amount]

    def _glance(self) -> bytes:
        """What each transaction begins with: a look whether the counter is another. Nothing else needs to be made."""
        page = self._overlay.get(0)
        if page is None:
            page = self._base.image[: _COUNTER.start + _GLANCE_BYTES]
        counter = (int.from_bytes(page[_COUNTER], "big") + self._salt) & 0xFFFFFFFF
        return counter.to_bytes(4, "big") + page[_COUNTER.stop : _COUNTER.start + _GLANCE_BYTES]

    def xWrite(self, data: bytes, offset: int) -> None:
        """Put one whole page; SQLite never writes a part of one."""
        number = offset // PAGE_BYTES
        if number >= self.pages_max:
            raise apsw.FullError("database or disk is full")
        page = bytes(data)
        if number == 0:
            self._shown = int.from_bytes(page[_COUNTER], "big")
            page = self._salted(page, -self._salt)
        self._overlay = self._overlay.set(number, page)
        self._count = max(self._count, number + 1)
        self._pages = None

    def xTruncate(self, size: int) -> None:
        """Cut the file; pages beyond the cut are forgotten."""
        count = size // PAGE_BYTES
        if count < self._count:
            with self._overlay.mutate() as overlay:
                for number in range(count, self._count):
                    overlay.pop(number, None)
                self._overlay = overlay.finish()
        self._count = count
        self._pages = None

    def xFileSize(self) -> int:
        """Bytes of the file."""
        return self._count * PAGE_BYTES

    def xDeviceCharacteristics(self) -> int:
        """What SQLite may rely on."""
        return _CHARACTERISTICS

    @staticmethod
    def _salted(page: bytes, salt: int) -> bytes:
        if not salt:
            return page
        counter = ((int.from_bytes(page[_COUNTER], "big") + salt) & 0xFFFFFFFF).to_bytes(4, "big")
        valid_for = ((int.from_bytes(page[_VALID_FOR], "big") + salt) & 0xFFFFFFFF).to_bytes(4, "big")
        return page[:24] + counter + page[28:92] + valid_for + page[96:]
