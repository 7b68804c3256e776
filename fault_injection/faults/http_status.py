"""The request is answered with an HTTP status and the headers that go with it, before any server saw it."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from fault_injection.bodies import dated, http_date
from fault_injection.delivery import Chunk, Delivery, Headers
from fault_injection.durations import Span
from fault_injection.fault import HTTP, Delivering, Layer, fault
from fault_injection.scene import Scene
from worlds.clock import MS

Status = Literal[400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 504]
_WORDS: Final[Mapping[int, str]] = {
    400: "The request could not be understood.",
    401: "The access token expired.",
    403: "The access token does not allow this.",
    404: "Not found.",
    408: "The request took too long to arrive.",
    413: "The request is too large.",
    429: "Too many requests.",
    500: "An unexpected error occurred.",
    502: "The upstream server gave an invalid response.",
    503: "The service is temporarily unavailable.",
    504: "The upstream server did not respond in time.",
}
_LASTING: Final = (400, 401, 403, 404)
"""What does not pass by itself."""
_OWN: Final[Mapping[int, Headers]] = {
    401: ((b"www-authenticate", b'Bearer error="invalid_token", error_description="The access token expired"'),),
    403: ((b"www-authenticate", b'Bearer error="insufficient_scope"'),),
    408: ((b"connection", b"close"),),
}
"""Headers that a status brings with it."""
_RPC_CODE: Final = -32000
_LIMIT: Final = 60
"""What is told of a limit that no trigger has."""


@fault("http_status")
class HttpStatus(Delivering):
    """The request is answered with an HTTP status and the headers that go with it, before any server saw it."""

    layer: ClassVar[Layer] = "http"
    transports = HTTP
    lasts: ClassVar[bool] = True
    recovery: ClassVar[str] = "Wait as long as the answer says and try again; stop where it is about permission."
    status: Status = Field(503, description="The status.")
    body: Literal["plain", "html", "json", "jsonrpc", "empty"] = Field(
        "plain", description="What the body is. Some clients show only a JSON-RPC error to their model."
    )
    wait: Span | None = Field(None, description="How long it stands, where the trigger does not know.")
    retry_after: Literal["seconds", "date", "absent"] = Field(
        "seconds", description="How the wait is told, where there is one."
    )
    rate_headers: bool = Field(False, description="Whether headers tell the allowance and when it is renewed.")
    limit: int | None = Field(
        None,
        description=f"The allowance that those headers tell; default: the number of the trigger's rate, {_LIMIT} where "
        "it has none.",
        ge=1,
    )

    @property
    def wait_wanted_ms(self) -> int | None:
        """What was written."""
        return self.wait

    @property
    def tells_time(self) -> bool:
        """A date says when."""
        return self.retry_after == "date"

    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """An answer of a gateway's own."""
        kind, data = self._body(scene)
        typed = ((b"content-type", kind),) if kind else ()
        headers = (*typed, *_OWN.get(self.status, ()), *self._waits(scene), dated(scene.now_ns))
        return Delivery((Chunk(data),) if data else (), self.status, headers)

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client."""
        waits = {name.decode(): value.decode() for name, value in self._waits(scene)}
        return {"status": self.status, "body": self.body, **({"headers": waits} if waits else {})}

    @property
    def _tells_wait(self) -> bool:
        """Of what is not about time no gateway says how long it lasts, unless somebody wrote it."""
        return self.wait is not None or self.status not in _LASTING

    def _waits(self, scene: Scene) -> Headers:
        """The headers about waiting."""
        if scene.wait_ms is None or not self._tells_wait:
            return ()
        seconds = -(-scene.wait_ms // 1_000)
        whole_ms = MS - 1 if self.tells_time else 0  # a wait that ends with a second of the clock is rounded up to here
        then = -(-(scene.now_ns + scene.wait_ms * MS - whole_ms) // (1_000 * MS))
        allowance = {b"limit": self.limit or scene.allowance or _LIMIT, b"remaining": 0, b"reset": then}
        rates = tuple((b"x-ratelimit-" + name, b"%d" % value) for name, value in allowance.items())
        told = {"seconds": b"%d" % seconds, "date": http_date(then * 1_000 * MS), "absent": b""}[self.retry_after]
        return (*((b"retry-after", told),) * bool(told), *rates * self.rate_headers)

    def _body(self, scene: Scene) -> tuple[bytes, bytes]:
        """The media type and the bytes."""
        words, title = _WORDS[self.status], f"{self.status} {HTTPStatus(self.status).phrase}"
        if self.body == "plain":
            return b"text/plain; charset=utf-8", words.encode()
        if self.body == "html":
            head = f"<html>\r\n<head><title>{title}</title></head>\r\n"
            page = f"{head}<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
            return b"text/html", page.encode()
        if self.body == "empty":
            return b"", b""
        wait = {} if scene.wait_ms is None or not self._tells_wait else {"retryAfter": -(-scene.wait_ms // 1_000)}
        if self.body == "json":
            value: Any = {"error": words, "request_id": scene.draws.hex(16, "request id"), **wait}
        else:
            data = {"status": self.status, **wait}
            error = {"code": _RPC_CODE, "message": words, "data": data}
            value = {"jsonrpc": "2.0", "error": error, "id": scene.request_id}
        return b"application/json", json.dumps(value, separators=(",", ":")).encode()
