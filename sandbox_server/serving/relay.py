"""A relay: a thin process between a client's standard streams and a server of a stage that runs elsewhere.

It holds no world and no owner's token, and outlives the stage: when another one takes its place, the client's
handshake is said again there. What was being answered when the line broke is answered with an error.
"""

import json
import os
import sys
import threading
from contextlib import suppress
from typing import Any, Final

from sandbox_server.carriers.descriptors import STDIN, STDOUT, demand_open
from sandbox_server.errors import StageError
from sandbox_server.serving.line import Broken, Line
from sandbox_server.serving.whereabouts import find_whereabouts

TRIES: Final = 25
RETRY_S: Final = 0.2
"""A request waits up to 5 s for a stage to come back; those after it are then answered with an error at once."""
GRACE_S: Final = 3.0
CLOSED: Final = {"code": -32000, "message": "Connection closed"}
_PIECE_BYTES: Final = 65_536


def attach_server(server: str, world: str | None) -> int:
    """Relay this process's standard streams to a server of a running stage; returns the exit status.

    Where there is none, or one of the streams is closed, it is 1, and stderr says why: in the words of the server,
    because its client may read it.
    """
    try:
        demand_open()
        relay = Relay(server, world, Streams(os.dup(STDIN), os.dup(STDOUT)))
        relay.connect()
    except StageError as error:
        print(f"{server}: {error.message}", file=sys.stderr)
        return 1
    return relay.run()


class Streams:
    """A client's streams as plain descriptors: threads that read them do not stand in the way of the end."""

    def __init__(self, source: int, target: int) -> None:
        self._source = source
        self._target = target
        self._whole = threading.Lock()

    def read(self) -> bytes:
        """Some input; b"" at the end."""
        return os.read(self._source, _PIECE_BYTES)

    def write(self, data: bytes) -> None:
        """Write all of it, in one piece. Raises OSError when nobody reads."""
        with self._whole:
            while data:
                data = data[os.write(self._target, data) :]


class Handshake:
    """What a client said to open its line, so that it can be said again to another stage."""

    def __init__(self) -> None:
        self.hello: bytes | None = None
        self.id: str | None = None
        self.answered = False
        self.done: bytes | None = None

    def note(self, line: bytes, message: Any) -> None:
        """Keep what belongs to the handshake."""
        if message.get("method") == "initialize":
            self.hello, self.id, self.answered, self.done = line, _key(message), False, None
        elif message.get("method") == "notifications/initialized":
            self.done = line


class Relay:
    """One client's line through whatever stage there is."""

    def __init__(self, server: str, world: str | None, streams: Streams) -> None:
        self.server = server
        self.world = world
        self.streams = streams
        self.handshake = Handshake()
        self._state = threading.Condition()
        self._line: Line | None = None
        self._asked: dict[str, tuple[Any, Line | None]] = {}
        """Requests without an answer, by id as JSON: the id, and the line that they were posted over."""
        self._mute: tuple[Line, str] | None = None
        """A line on which the answer to this id is not for the client: it has it already."""
        self._status: int | None = None
        self._tries = TRIES

    def connect(self) -> None:
        """Open a line to the stage of the moment. Raises NotFound or Broken."""
        line = self._opened()
        if self.handshake.answered and self.handshake.hello and self.handshake.id:
            self._mute = (line, self.handshake.id)
        with self._state:
            self._line = line
        threading.Thread(target=self._follow, args=(line,), daemon=True).start()
        if self._mute and self._mute[0] is line:
            self._repeat_handshake(line)

    def run(self) -> int:
        """Relay until the input ends (0) or the server's process is made to end (its status)."""
        threading.Thread(target=self._read, daemon=True).start()
        with self._state:
            self._state.wait_for(lambda: self._status is not None)
            return self._status or 0

    def _opened(self) -> Line:
        broken = Broken("no server answers")
        for where in find_whereabouts(self.world):
            try:
                return Line(where, self.server)
            except Broken as error:
                broken = error
        raise broken

    def _repeat_handshake(self, line: Line) -> None:
        assert self.handshake.hello
        line.post(self.handshake.hello)
        with self._state:
            self._state.wait_for(lambda: self._mute is None, GRACE_S)
        if self.handshake.done:
            line.post(self.handshake.done)

    def _read(self) -> None:
        """Take the client's lines, until there are no more."""
        rest = b""
        while piece := self.streams.read():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                self._take(line + b"\n")
        with suppress(Broken):
            if self._line is not None:
                self._line.end()
                threading.Event().wait(GRACE_S)
        self._end(0)

    def _take(self, data: bytes) -> None:
        message = _parsed(data)
        self.handshake.note(data, message)
        asks = "method" in message and "id" in message
        if asks:
            with self._state:
                self._asked[_key(message)] = (message["id"], None)
        if not self._sent(data, message) and asks:
            self._refuse(lambda line: line is None)

    def _sent(self, data: bytes, message: Any) -> bool:
        """Post a line over the present line to a stage, or over the next one."""
        pause = threading.Event()
        for _ in range(self._tries):
            with suppress(Broken, LookupError):
                line = self._connected()
                line.post(data)
                self._posted(line, message)
                self._tries = TRIES
                return True
            with self._state:
                self._line = None
            pause.wait(RETRY_S)
        self._tries = 1
        return False

    def _connected(self) -> Line:
        if self._line is None:
            self.connect()
        if self._line is None:
            raise Broken("the line broke at once")
        return self._line

    def _posted(self, line: Line, message: Any) -> None:
        key = _key(message)
        with self._state:
            if key in self._asked:
                self._asked[key] = (self._asked[key][0], line)
            lost = self._line is not line
        if lost:
            self._refuse(lambda posted: posted is line)

    def _follow(self, line: Line) -> None:
        """Hand on what a line brings, until it breaks."""
        rest = b""
        with suppress(Broken):
            for kind, data in line.frames():
                if kind == b"X":
                    self._end(int(data))
                    return
                rest = self._hand_on(line, rest, data)
        with self._state:
            self._line = None if self._line is line else self._line
        line.close()
        self._refuse(lambda posted: posted is line)

    def _hand_on(self, line: Line, rest: bytes, data: bytes) -> bytes:
        """Write what came, and note which requests it answers; returns the beginning of an unfinished line."""
        *whole, rest_after = (rest + data).split(b"\n")
        if self._mute and self._mute[0] is line:
            kept = [each for each in whole if not self._is_muted(each)]
            data = b"".join(each + b"\n" for each in kept) + (rest_after if not self._mute else b"")
        for each in whole:
            self._note_answer(_parsed(each))
        self._write(data)
        return rest_after

    def _is_muted(self, data: bytes) -> bool:
        with self._state:
            muted = self._mute is not None and _answers(_parsed(data)) == self._mute[1]
            if muted:
                self._mute = None
                self._state.notify_all()
        return muted

    def _note_answer(self, message: Any) -> None:
        key = _answers(message)
        if key is None:
            return
        with self._state:
            self._asked.pop(key, None)
        if key == self.handshake.id and "result" in message:
            self.handshake.answered = True

    def _refuse(self, which: Any) -> None:
        """Answer requests that nobody will answer any more."""
        with self._state:
            lost = {key: id for key, (id, line) in self._asked.items() if which(line)}
            for key in lost:
                del self._asked[key]
        for id in lost.values():
            self._write(json.dumps({"jsonrpc": "2.0", "id": id, "error": CLOSED}).encode() + b"\n")

    def _write(self, data: bytes) -> None:
        try:
            self.streams.write(data)
        except OSError:  # the client has left
            self._end(0)

    def _end(self, status: int) -> None:
        with self._state:
            self._status = status if self._status is None else self._status
            self._state.notify_all()


def _parsed(data: bytes) -> Any:
    """A message as a mapping; an empty one for what is none."""
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _key(message: Any) -> str:
    return json.dumps(message.get("id"))


def _answers(message: Any) -> str | None:
    """The id that a message answers."""
    return _key(message) if "id" in message and "method" not in message else None
