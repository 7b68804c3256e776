"""The fast wire: httptools parses, usual requests take the lane, the others go uvicorn's ASGI way."""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sandbox_server.arrival import Arrival
from sandbox_server.carriers.lane import BODY_BYTES_MAX, Lane
from sandbox_server.carriers.wire import HEAD_TOO_LARGE, Watched

log = logging.getLogger(__name__)


class HttpToolsWire(Watched, HttpToolsProtocol):  # type: ignore[misc]  # one base at run time, another for types
    """One connection; httptools does not bound the head, so this class does."""

    cycle: Any  # uvicorn's cycle of a request, or a lane in its place
    head_open = False
    head_bytes = 0

    def on_message_begin(self) -> None:
        """Start counting the bytes of a head."""
        super().on_message_begin()
        self.head_open = True
        self.head_bytes = 0

    def on_headers_complete(self) -> None:
        """Stop counting, and choose the request's way."""
        self.head_open = False
        self.wires.silent.pop(self, None)
        lane = self._lane()
        if lane is None:
            super().on_headers_complete()
        else:
            self.cycle = lane

    def on_message_complete(self) -> None:
        """Start what is on the lane."""
        super().on_message_complete()
        lane = self.cycle
        if type(lane) is Lane and not lane.response_complete:
            self.tasks.add(self.loop.create_task(self._run(lane)))

    def on_response_complete(self) -> None:
        """Go on to the next request; the sweep looks after idle connections, so that no timer is needed."""
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def data_received(self, data: bytes) -> None:
        """Parse some bytes, unless the head grows out of bounds."""
        super().data_received(data)
        if self.head_open:
            self.head_bytes += len(data)
            if self.head_bytes > self.wires.limits.head_bytes_max:
                self.transport.write(HEAD_TOO_LARGE)
                self.transport.close()

    def is_idle(self) -> bool:
        """Whether the last request was answered and nothing came since."""
        return self.cycle is not None and not self.head_open

    def asgi_cycle(self, scope: Any, *, keep_alive: bool) -> RequestResponseCycle:
        """A uvicorn cycle for a request whose body has been read."""
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
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.more_body = False
        return cycle

    def _lane(self) -> Lane | None:
        """A place on the lane for the request whose head is complete, if it is of the usual form."""
        parser, cycle = self.parser, self.cycle
        if self.wires.laned is None or not (cycle is None or cycle.response_complete) or self.expect_100_continue:
            return None
        if parser.get_method() != b"POST" or parser.should_upgrade() or b"?" in self.url or b"%" in self.url:
            return None
        arrival = Arrival(b"", "POST", self.headers)
        length = arrival.fields.get(b"content-length", b"")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX or b"transfer-encoding" in arrival.fields:
            return None
        keep_alive = parser.get_http_version() != "1.0" and parser.should_keep_alive()
        self.scope["method"] = "POST"
        return Lane(self, arrival, self.scope, self.url.decode("latin-1"), keep_alive=keep_alive)

    async def _run(self, lane: Lane) -> None:
        assert self.wires.laned is not None, "only applications with a lane get requests onto it"
        try:
            await lane.run(self.wires.laned)
        except Exception:
            log.exception("a request on the lane broke")
            self.transport.close()
        finally:
            self.tasks.discard(asyncio.current_task())
