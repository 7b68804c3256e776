"""The handshake sessions of one episode: found by id, bounded in number, cheap while idle."""

from collections import OrderedDict
from typing import Final

from sandbox_server.connection import Connection
from worlds.chance import Identity

SESSIONS_MAX: Final = 1_000


class Sessions:
    """Sessions by id, the one unused for longest first; it makes room for a new one when there are too many.

    An id means nothing elsewhere: it is looked up in the episode that the URL leads to, and only the server and the
    actor that it was opened with can use it.
    """

    __slots__ = ("_lines", "_opened")

    def __init__(self) -> None:
        self._lines: OrderedDict[str, Connection] = OrderedDict()
        self._opened = 0

    def __len__(self) -> int:
        return len(self._lines)

    def open(self, door: Connection, *, hyphens: bool) -> Connection:
        """A new session of the client that came through this URL; `hyphens` as in a UUID."""
        if len(self._lines) >= SESSIONS_MAX:
            self.drop(next((line for line in self._lines.values() if not line.listening), self._oldest()))
        self._opened += 1
        identity = Identity(f"{door.episode.id}/{door.server_name}", attempt=self._opened)
        digits = door.episode.world.chance.hex(32, "session", identity, "id")
        line = Connection(door.episode, door.server_name, door.actor, id=_uuid(digits) if hyphens else digits)
        self._lines[line.id] = line
        return line

    def find(self, id: str, door: Connection) -> Connection | None:
        """The session of that id if it was opened at this URL."""
        line = self._lines.get(id)
        if line is None or line.server_name != door.server_name or line.actor != door.actor:
            return None
        self._lines.move_to_end(id)
        return line

    def drop(self, line: Connection) -> None:
        """End a session; its id is unknown from now on."""
        self._lines.pop(line.id, None)
        line.close()

    def close(self) -> None:
        """End every session."""
        for line in tuple(self._lines.values()):
            self.drop(line)

    def _oldest(self) -> Connection:
        return next(iter(self._lines.values()))


def _uuid(digits: str) -> str:
    """32 hexadecimal digits in the form of a random UUID (RFC 9562, version 4)."""
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
