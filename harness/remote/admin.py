"""The admin API of a stage elsewhere, asked over kept-alive connections; what it refuses is raised in its own words.

A request that was lost is sent again as long as that can do no harm: what only looks, what a stage recognises by its
reference, and what cannot have been heard.
"""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import anyio

from harness.acting.http_line import Headers, HttpLine, LineBroken
from harness.engine import PlaceLost
from sandbox_server.errors import Conflict, NotFound, StageError

ATTEMPTS_MAX: Final = 4
PAUSE_SECONDS: Final = 0.1
ANSWER_SECONDS: Final = 30.0
BODY_BYTES_MAX: Final = 4 << 30
_REFUSALS: Final[Mapping[str, type[StageError]]] = {"not_found": NotFound, "conflict": Conflict}


class Refusal(StageError):
    """What a stage will not do, for a reason of its own."""

    code = "refused"


class Admin:
    """One stage's admin API. Use as an asynchronous context manager."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/").removesuffix("/admin/v1")
        self.given_up = False
        """Whether the stage is known to be gone, so that nothing is asked of it any more."""
        self._prefix = f"{urlsplit(self.url).path}/admin/v1"
        self._token = token
        self._idle: list[HttpLine] = []
        self._waiting: set[anyio.CancelScope] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def ask(
        self, verb: str, path: str, body: Any = None, *, content: bytes | None = None, again: bool = True,
        wait_s: float | None = ANSWER_SECONDS,
    ) -> dict[str, Any]:  # fmt: skip
        """The answer's object. `again`: asking twice does no harm; `wait_s` None waits as long as it takes.

        Raises NotFound, Conflict and Refusal with what the stage says, and PlaceLost where it says nothing.
        """
        media = "application/json" if content is None else "application/zip"
        data = content if content is not None else b"" if body is None else json.dumps(body).encode()
        headers = [("authorization", f"Bearer {self._token}"), ("content-type", media)]
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                with anyio.fail_after(wait_s):
                    return _answer(*await self._heard(verb, path, headers, data))
            except TimeoutError:  # it was waited for long enough
                raise PlaceLost(f"the stage at {self.url} does not answer for {wait_s:g} seconds") from None
            except LineBroken as broken:
                if attempt == ATTEMPTS_MAX or (broken.sent and not again):
                    raise PlaceLost(f"the stage at {self.url} does not answer: {broken.message}") from None
            await anyio.sleep(PAUSE_SECONDS * 2**attempt)
        raise AssertionError("every attempt returns or raises")

    def give_up(self) -> None:
        """Ask nothing more: whoever waits for an answer, or asks later, is told that the place is lost."""
        self.given_up = True
        for scope in tuple(self._waiting):
            scope.cancel()

    async def _heard(self, verb: str, path: str, headers: Headers, data: bytes) -> tuple[int, bytes]:
        """The status and the whole body of an answer. Raises LineBroken, and PlaceLost once this was given up."""
        with anyio.CancelScope() as scope:
            if not self.given_up:
                self._waiting.add(scope)
                try:
                    return await self._asked(verb, path, headers, data)
                finally:
                    self._waiting.discard(scope)
        raise PlaceLost(f"the stage at {self.url} is gone")

    async def _asked(self, verb: str, path: str, headers: Headers, data: bytes) -> tuple[int, bytes]:
        """One request on a connection that nobody uses; one that is whole afterwards is used again."""
        line = self._idle.pop() if self._idle else HttpLine(self.url, body_bytes_max=BODY_BYTES_MAX)
        try:
            response = await line.ask(verb, self._prefix + path, headers, data)
            body = b"".join([piece async for piece in response.body])
        except BaseException:
            await line.close()
            raise
        self._idle.append(line)
        return response.status, body


def _answer(status: int, body: bytes) -> dict[str, Any]:
    """What an answer says. Raises what it refuses."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Refusal(f"status {status}, and nothing that this can read", hint="is it an admin API?")
    if status >= 400:
        raised = _REFUSALS.get(str(told.get("code")), Refusal)
        raise raised(str(told.get("detail", told)), hint=told.get("hint"))
    return told
