"""The admin API of a stage elsewhere, asked over kept-alive connections; what it refuses is raised in its own words.

A request that was lost is sent again as long as that can do no harm: what only looks, what a stage recognises by its
reference, and what cannot have been heard.
"""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import anyio
import httpx2

from harness.engine import PlaceLost
from sandbox_server.errors import Conflict, Ended, NotFound, StageError

ATTEMPTS_MAX: Final = 4
PAUSE_SECONDS: Final = 0.1
CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 30.0
_REFUSALS: Final[Mapping[str, type[StageError]]] = {"not_found": NotFound, "conflict": Conflict, "ended": Ended}


class Refusal(StageError):
    """What a stage will not do, for a reason of its own."""

    code = "refused"


class Admin:
    """One stage's admin API. Use as an asynchronous context manager."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/").removesuffix("/admin/v1")
        self._client = httpx2.AsyncClient(
            base_url=f"{self.url}/admin/v1",
            headers={"authorization": f"Bearer {token}"},
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=20),
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, pool=None),
            trust_env=False,
        )
        self.given_up = False
        """Whether the stage is known to be gone, so that nothing is asked of it any more."""
        self._waiting: set[anyio.CancelScope] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def ask(
        self, verb: str, path: str, body: Any = None, *, content: bytes | None = None, again: bool = True,
        wait_s: float | None = ANSWER_SECONDS,
    ) -> dict[str, Any]:  # fmt: skip
        """The answer's object. `again`: asking twice does no harm; `wait_s` None waits as long as it takes.

        Raises NotFound, Conflict, Ended and Refusal with what the stage says, and PlaceLost where it says nothing.
        """
        headers = {"content-type": "application/zip" if content is not None else "application/json"}
        data = content if content is not None else None if body is None else json.dumps(body).encode()
        timeout = httpx2.Timeout(wait_s, connect=CONNECT_SECONDS, pool=None)
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                request = self._client.build_request(verb, path, content=data, headers=headers, timeout=timeout)
                return _answer(await self._sent(request))
            except (httpx2.HTTPError, OSError) as error:
                unheard = isinstance(error, httpx2.ConnectError)
                silent = isinstance(error, httpx2.TimeoutException)  # it was waited for long enough
                if attempt == ATTEMPTS_MAX or silent or not (again or unheard):
                    words = str(error) or type(error).__name__
                    raise PlaceLost(f"the stage at {self.url} does not answer: {words}") from None
            await anyio.sleep(PAUSE_SECONDS * 2**attempt)
        raise AssertionError("every attempt returns or raises")

    def give_up(self) -> None:
        """Ask nothing more: whoever waits for an answer, or asks later, is told that the place is lost."""
        self.given_up = True
        for scope in tuple(self._waiting):
            scope.cancel()

    async def _sent(self, request: httpx2.Request) -> httpx2.Response:
        """The whole answer to a request. Raises PlaceLost once this was given up."""
        with anyio.CancelScope() as scope:
            if not self.given_up:
                self._waiting.add(scope)
                try:
                    return await self._client.send(request)
                finally:
                    self._waiting.discard(scope)
        raise PlaceLost(f"the stage at {self.url} is gone")


def _answer(response: httpx2.Response) -> dict[str, Any]:
    """What an answer says. Raises what it refuses."""
    try:
        told = json.loads(response.content)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Refusal(f"status {response.status_code}, and nothing that this can read", hint="is it an admin API?")
    if response.status_code >= 400:
        raised = _REFUSALS.get(str(told.get("code")), Refusal)
        raise raised(str(told.get("detail", told)), hint=told.get("hint"))
    return told
