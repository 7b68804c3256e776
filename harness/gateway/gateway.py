"""One episode's gateway: addresses that lead to the user's endpoints, a record of what passed, and a budget."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import anyio

from harness.acting.mind import Mind
from harness.acting.secrecy import environment_secrets
from harness.gateway.exchange import ModelExchange, Watched
from harness.gateway.refusal import NO_TOKENS, nothing_here, refusal
from harness.gateway.relay import Outcome, Receive, Relay, Scope, Send, answer
from harness.gateway.upstream import client, upstreams
from harness.isolation import LOOPBACK
from harness.recording.step_log import encoded
from harness.trajectory import Departure
from sandbox_server.carriers.http import Listener
from sandbox_server.carriers.limits import Limits
from worlds import host

LIMITS: Final = Limits(body_seconds_max=3_600, write_seconds_max=3_600, keep_alive_seconds=600)
"""Agents upload and read as slowly as they like: their episode has a limit of its own."""
GRACE_SECONDS: Final = 0.5
TRANSIENT: Final = frozenset({408, 429, 500, 502, 503, 504, 529})
SUFFIX: Final = ".model.jsonl"


def model_record(record: Path) -> Path:
    """Where the exchanges with the model are recorded, beside the trajectory."""
    return record.with_name(f"{record.stem}{SUFFIX}")


class Gateway:
    """What agents of one episode ask their models through; an ASGI application."""

    def __init__(self, mind: Mind, record: Path | None) -> None:
        """`record` is the trajectory's path; None records nothing."""
        self.error: OSError | None = None
        """Why an exchange could not be recorded."""
        self.url = ""
        self._mind = mind
        self._path = model_record(record) if record else None
        self._file: int | None = None
        self._secrets = environment_secrets()
        self._upstreams = {host.secret(): upstream for upstream in upstreams(host.environment())}
        self._client = client()
        self._exchanges = 0

    def environment(self, kept: tuple[str, ...] = ()) -> dict[str, str]:
        """The variables by which an agent's clients come here. Real keys stay with us: the agent's open only this.

        Keys whose names are in `kept` are left as they are.
        """
        variables: dict[str, str] = {}
        for token, upstream in self._upstreams.items():
            variables |= dict.fromkeys(upstream.bases, f"{self.url}/{token}{upstream.suffix}")
            if upstream.key and upstream.key_variable not in kept:
                variables[upstream.key_variable] = local_key(token)
        return variables

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        _, token, rest = [*scope["path"].split("/", 2), "", ""][:3]
        upstream = self._upstreams.get(token)
        if upstream is None or not f"/{rest}".startswith(f"{upstream.suffix}/"):
            await answer(send, nothing_here())
            return
        below = f"/{_raw(scope).split('/', 2)[2]}".removeprefix(upstream.suffix)
        await self._serve(scope, receive, send, token, below)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, token: str, rest: str) -> None:
        upstream = self._upstreams[token]
        self._exchanges += 1
        self._learn(scope, token)
        watched = Watched(self._mind, rest, self._exchanges, self._mind.calls + 1)
        if self._mind.spent:
            self._mind.exceeded.set()
            self._write(watched.ended("refused", "no tokens are left"))
            await answer(send, refusal(upstream.name, NO_TOKENS))
            return
        self._mind.asked(host.monotonic_ns())
        relay = Relay(scope, receive, send, watched)
        outcome = Outcome("left", "the episode was over before the answer was complete")
        try:
            outcome = await relay.pass_on(self._client, upstream, rest, local_key(token))
        finally:
            self._keep(watched, outcome)

    def _keep(self, watched: Watched, outcome: Outcome) -> None:
        exchange = watched.ended(outcome.ending, outcome.note)
        if (watched.status or 0) in TRANSIENT:
            self._mind.failure = f"the endpoint answered with status {watched.status}"
        elif outcome.ending == "failed":
            self._mind.failure = outcome.note
        elif outcome.ending == "answered":
            self._mind.failure = None
        self._write(exchange)

    def _learn(self, scope: Scope, token: str) -> None:
        """Know the keys that a request carries, so that they are written nowhere."""
        self._secrets.add(local_key(token))
        self._secrets.add(token)
        for name, value in scope["headers"]:
            if name in (b"authorization", b"x-api-key", b"api-key", b"cookie"):
                self._secrets.add(value.decode("latin-1").rpartition(" ")[2])

    def _write(self, exchange: ModelExchange) -> None:
        """Write an exchange; after one that could not be written, none is."""
        if self._path is None or self.error is not None:
            return
        try:
            self._append(self._path, exchange)
        except OSError as error:
            self.error = error

    def _append(self, path: Path, exchange: ModelExchange) -> None:
        if self._file is None:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        line = memoryview(encoded(self._secrets.masked(exchange.model_dump())))
        while line:
            line = line[os.write(self._file, line) :]

    def blamed(self, departure: Departure) -> Departure:
        """The departure of an agent that gave up because its model did not answer: that is no failure of its own."""
        if self.error is not None:
            note = f"an exchange with the model could not be recorded: {self.error}"
            return departure.model_copy(update={"how": "failed", "note": note})
        if self._mind.failure is None or departure.how != "finished" or not departure.exit_code:
            return departure
        note = f"the agent's model could not be asked: {self._mind.failure}"
        return departure.model_copy(update={"how": "failed", "note": note})

    async def aclose(self) -> None:
        """Give everything back."""
        await self._client.aclose()
        if self._file is not None:
            os.close(self._file)
            self._file = None


def local_key(token: str) -> str:
    """A key that opens nothing but the address with this token."""
    return f"sk-{token}{token[::-1]}"


@asynccontextmanager
async def opened_gateway(mind: Mind, record: Path | None, address: str = LOOPBACK) -> AsyncIterator[Gateway]:
    """A gateway that listens at an address of this machine for as long as an agent acts. Raises OSError."""
    gateway = Gateway(mind, record)
    listener = Listener(gateway, address, limits=LIMITS, grace_seconds=GRACE_SECONDS)
    try:
        await listener.start()
        gateway.url = listener.url
        yield gateway
    finally:
        with anyio.CancelScope(shield=True):
            await listener.stop()
            await gateway.aclose()


def _raw(scope: Scope) -> str:
    """The path as it was sent, without unescaping."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0].decode("latin-1")
