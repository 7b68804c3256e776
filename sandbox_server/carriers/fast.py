"""The fast wire: httptools parses, usual requests take the lane, the others go uvicorn's ASGI way."""

import asyncio
from typing import Any, Final

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sandbox_server.arrival import Head
from sandbox_server.carriers.lane import BODY_BYTES_MAX, Lane, Prelude
from sandbox_server.carriers.wire import HEAD_TOO_LARGE, Watched
from sandbox_server.carriers.worker import Worker

_PRELUDES_MAX: Final = 512
_PRELUDE_BYTES_MAX: Final = 4_096
_PRELUDE_FIELDS_MAX: Final = 40
_HEAD_END: Final = b"\r\n\r\n"


class HeadTooLarge(Exception):
    """Ends the parsing of a request."""


class HttpToolsWire(Watched, HttpToolsProtocol):  # type: ignore[misc]  # one base at run time, another for types
    """One connection; httptools does not bound the head, so this class does."""

    cycle: Any  # uvicorn's cycle of a request, or a lane in its place
    worker: Worker | None = None
    prelude: Prelude | None = None
    """What the last request that was recognised or remembered began with."""
    ready: Lane | None = None
    """A request on the lane that has come whole and is about to begin."""
    fresh = True
    """Whether the parser is between two requests, so that the next one may be recognised instead of parsed."""
    head_open = False
    head_bytes = 0
    overlong = False
    """Whether a head was too large although it came at once."""

    def on_message_begin(self) -> None:
        """Start a request, and counting the bytes of its head."""
        self.url = b""
        self.headers = []
        self.fresh = False
        self.head_open = True
        self.head_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what they mean is looked at when all are there."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Stop counting, and choose the request's way."""
        self.head_open = False
        self.wires.silent.pop(self, None)
        if (
            len(self.url) + sum([len(name) + len(value) for name, value in self.headers])
            > self.wires.limits.head_bytes_max
        ):
            self.overlong = True
            raise HeadTooLarge
        prelude = self._prelude()
        if prelude is not None:
            self.cycle = Lane(self, prelude)
            return
        self.scope = self.asgi_scope(self.headers)
        self.expect_100_continue = any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in self.headers
        )
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        lane = self.cycle
        if type(lane) is Lane:
            lane.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Start what is on the lane."""
        lane = self.cycle
        if type(lane) is not Lane:
            super().on_message_complete()
        elif not lane.response_complete:
            lane.more_body = False
            self.fresh = lane.keep_alive
            self.ready = lane

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the connection's worker go."""
        if self.worker is not None:
            self.worker.leave()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Go on to the next request; the sweep looks after idle connections, so that no timer is needed."""
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def data_received(self, data: bytes) -> None:
        """Take some bytes; a request that has come whole on the lane begins once nothing is left to parse."""
        fresh = self.fresh
        lane = self._recognised(data) if fresh else None
        if lane is None:
            self._parse(data)
            lane = self.ready
            if lane is None:
                return
            self.ready = None
            if fresh and self.fresh:
                self._remember(lane.prelude, data)
        self._begin(lane)

    def _parse(self, data: bytes) -> None:
        """Parse some bytes, unless the head grows out of bounds."""
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            return  # the rest of the bytes belongs to a protocol that is not spoken here
        except HttpParserError:
            self._refuse_large_head() if self.overlong else self.send_400_response("")
            return
        if self.head_open:
            self.head_bytes += len(data)
            if self.head_bytes > self.wires.limits.head_bytes_max:
                self._refuse_large_head()

    def _refuse_large_head(self) -> None:
        self.transport.write(HEAD_TOO_LARGE)
        self.transport.close()

    def is_idle(self) -> bool:
        """Whether the last request was answered and nothing came since."""
        return self.cycle is not None and not self.head_open

    def asgi_scope(self, headers: list[tuple[bytes, bytes]]) -> Any:
        """The scope of a request as ASGI's HTTP message format 2.3 wants it, but for its method and path."""
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": "",
            "headers": headers,
            "state": self.app_state.copy(),
        }

    def asgi_cycle(self, lane: Lane) -> RequestResponseCycle:
        """A uvicorn cycle for a request that has been read on the lane."""
        path = lane.prelude.path
        scope = self.asgi_scope(list(lane.prelude.head.pairs))
        scope.update(method="POST", path=path, raw_path=path.encode("latin-1"), query_string=b"")
        cycle = RequestResponseCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=lane.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.more_body = False
        return cycle

    def _prelude(self) -> Prelude | None:
        """What the request began with whose head is complete, if it is of the usual form and may take the lane."""
        parser, cycle = self.parser, self.cycle
        if self.wires.laned is None or not (cycle is None or cycle.response_complete):
            return None
        if parser.get_method() != b"POST" or b"?" in self.url or b"%" in self.url:
            return None
        head = Head(self.headers)
        fields = head.fields
        length = fields.get(b"content-length", b"")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            return None
        if b"transfer-encoding" in fields or b"upgrade" in fields or b"expect" in fields:
            return None
        keep_alive = parser.should_keep_alive() and (b"connection" not in fields or parser.get_http_version() != "1.0")
        path = self.url.decode("latin-1")
        if not self.wires.laned.takes(path):
            return None
        return Prelude(path, head, body_bytes=int(length), keep_alive=keep_alive)

    def _remember(self, prelude: Prelude, data: bytes) -> None:
        """Keep the first bytes of a request that came alone and in one piece, so that its like is recognised."""
        known, laned, head = self.wires.preludes, self.wires.laned, prelude.head
        end = data.find(_HEAD_END) + len(_HEAD_END)
        if end + prelude.body_bytes != len(data) or end > _PRELUDE_BYTES_MAX or len(head.pairs) > _PRELUDE_FIELDS_MAX:
            return
        if laned is None or laned.find(prelude.path, head.fields) is None:
            return  # strangers make nobody forget anything
        if len(known) >= _PRELUDES_MAX:
            known.clear()
        prelude.data = data[:end]
        known[prelude.data] = self.prelude = prelude

    def _recognised(self, data: bytes) -> Lane | None:
        """A whole request that begins with the same bytes as one that was parsed before."""
        prelude = self.prelude
        if prelude is None or not data.startswith(prelude.data):
            end = data.find(_HEAD_END) + len(_HEAD_END)
            prelude = self.prelude = self.wires.preludes.get(data[:end])
            if prelude is None:
                return None
        end = len(prelude.data)
        if end + prelude.body_bytes != len(data):
            return None
        cycle = self.cycle
        if cycle is None:
            self.wires.silent.pop(self, None)
        elif not cycle.response_complete:
            return None
        lane = self.cycle = Lane(self, prelude, data[end:], more_body=False)
        return lane

    def _begin(self, lane: Lane) -> None:
        """Begin to answer; a connection's worker is busy only while the end of an unusual answer is still under way."""
        assert self.wires.laned is not None, "only applications with a lane get requests onto it"
        worker = self.worker
        if worker is None or not worker.idle:
            if worker is not None:
                worker.leave()
            worker = self.worker = Worker(self.loop, self.tasks)
        worker.begin(lane.run(self.wires.laned))
