"""The fast wire: httptools parses, usual requests take the lane, the others go uvicorn's ASGI way."""

import asyncio
import logging
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sandbox_server.arrival import Arrival
from sandbox_server.carriers.lane import BODY_BYTES_MAX, Lane
from sandbox_server.carriers.wire import HEAD_TOO_LARGE, Watched

log = logging.getLogger(__name__)


class HttpToolsWire(Watched, HttpToolsProtocol):  # type: ignore[misc]  # one base at run time, another for types
    """One connection; httptools does not bound the head, so this class does."""

    cycle: Any  # uvicorn's cycle of a request, or a lane in its place
    handed: "asyncio.Future[Lane] | None" = None
    """What the connection's worker waits for, if it has one."""
    head_open = False
    head_bytes = 0

    def on_message_begin(self) -> None:
        """Start a request, and counting the bytes of its head."""
        self.url = b""
        self.headers = []
        self.head_open = True
        self.head_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what they mean is looked at when all are there."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Stop counting, and choose the request's way."""
        self.head_open = False
        self.wires.silent.pop(self, None)
        lane = self._lane()
        if lane is not None:
            self.cycle = lane
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
            self._hand_over(lane)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the connection's worker go."""
        if self.handed is not None:
            self.handed.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Go on to the next request; the sweep looks after idle connections, so that no timer is needed."""
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def data_received(self, data: bytes) -> None:
        """Parse some bytes, unless the head grows out of bounds."""
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            return  # the rest of the bytes belongs to a protocol that is not spoken here
        except HttpParserError:
            self.send_400_response("")
            return
        if self.head_open:
            self.head_bytes += len(data)
            if self.head_bytes > self.wires.limits.head_bytes_max:
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
        path = {"method": "POST", "path": lane.path, "raw_path": lane.path.encode("latin-1"), "query_string": b""}
        scope = self.asgi_scope(list(lane.arrival.pairs))
        scope.update(path)
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

    def _lane(self) -> Lane | None:
        """A place on the lane for the request whose head is complete, if it is of the usual form."""
        parser, cycle = self.parser, self.cycle
        if self.wires.laned is None or not (cycle is None or cycle.response_complete):
            return None
        if parser.get_method() != b"POST" or b"?" in self.url or b"%" in self.url:
            return None
        arrival = Arrival(b"", "POST", self.headers)
        fields = arrival.fields
        length = fields.get(b"content-length", b"")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            return None
        if b"transfer-encoding" in fields or b"upgrade" in fields or b"expect" in fields:
            return None
        keep_alive = parser.should_keep_alive() and (b"connection" not in fields or parser.get_http_version() != "1.0")
        path = self.url.decode("latin-1")
        return Lane(self, arrival, path, keep_alive=keep_alive) if self.wires.laned.takes(path) else None

    def _hand_over(self, lane: Lane) -> None:
        """Give a request to the connection's worker; a task per connection is cheaper than one per request."""
        if self.handed is not None and not self.handed.done():
            self.handed.set_result(lane)
            return
        task = self.loop.create_task(self._work(lane))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _work(self, lane: Lane) -> None:
        """Answer one request after the other until the connection ends."""
        assert self.wires.laned is not None, "only applications with a lane get requests onto it"
        while True:
            try:
                await lane.run(self.wires.laned)
            except Exception:
                log.exception("a request on the lane broke")
                self.transport.close()
            if self.transport.is_closing() or (self.handed is not None and not self.handed.done()):
                return
            self.handed = self.loop.create_future()
            lane = await self.handed
