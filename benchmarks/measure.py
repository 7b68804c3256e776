"""Shared ways to measure: CPU time of processes, a lean load client, rounds that take turns."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PROCESS_CLOCK = 2
"""With a process's number, the clock of its CPU time; `clock_getcpuclockid(3)` says how to put them together."""


@dataclass
class Row:
    """One line of the report: what, against what, the ratio or figure, and the goal that it is held against."""

    name: str
    value: str
    against: str = ""
    ratio: float | None = None
    must: str = ""
    met: bool | None = None
    details: dict[str, Any] = field(default_factory=dict)


def cpu_seconds(pid: int) -> float:
    """User and system CPU seconds that a process has used, in steps of nanoseconds."""
    return time.clock_gettime(~pid << 3 | _PROCESS_CLOCK)


def resident_bytes(pid: int | str = "self") -> int:
    """Resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def per_call_us(work: Callable[[], Any], *, seconds: float = 0.3) -> float:
    """CPU microseconds per call of a function, the best of three rounds."""
    work()
    best = float("inf")
    for _ in range(3):
        count, began = 0, time.process_time_ns()
        while time.process_time_ns() - began < seconds / 3 * 1e9:
            work()
            count += 1
        best = min(best, (time.process_time_ns() - began) / count / 1000)
    return best


class RawClient:
    """A keep-alive HTTP client that does nothing but write a request and read its answer."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port

    async def __aenter__(self) -> "RawClient":
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def send(self, request: bytes) -> bytes:
        """Send a whole request and return the whole body (content-length or chunked)."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.find(b"content-length:")
        if at >= 0:
            return await self.reader.readexactly(int(lower[at + 15 : lower.index(b"\r", at)]))
        if b"transfer-encoding: chunked" not in lower:
            return b""
        parts = []
        while size := int((await self.reader.readline()).strip(), 16):
            parts.append(await self.reader.readexactly(size))
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)
        return b"".join(parts)


def request(path: str, body: bytes, headers: Sequence[tuple[str, str]] = (), host: str = "127.0.0.1") -> bytes:
    """A POST as bytes."""
    lines = [f"POST {path} HTTP/1.1", f"host: {host}", "content-type: application/json",
             "accept: application/json, text/event-stream", f"content-length: {len(body)}",
             *(f"{name}: {value}" for name, value in headers)]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Spent:
    """What some calls cost the server that answered them."""

    calls: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0

    @property
    def cpu_us(self) -> float:
        """CPU microseconds per call."""
        return self.cpu_s * 1e6 / max(self.calls, 1)

    @property
    def rate(self) -> float:
        """Calls per second of wall time."""
        return self.calls / max(self.wall_s, 1e-9)


class Contestant:
    """A server and connections to it that stay open; each sends its message again and again while it is the turn."""

    def __init__(self, pid: int, port: int, messages: Sequence[bytes]) -> None:
        self.pid = pid
        self._messages = messages
        self._clients = [RawClient("127.0.0.1", port) for _ in messages]

    async def __aenter__(self) -> "Contestant":
        for client in self._clients:
            await client.__aenter__()
        await self.turn(0.2, Spent())
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            await client.__aexit__()

    async def turn(self, seconds: float, spent: Spent) -> None:
        """Put the server under load for a while, and add what that cost."""
        cpu, began = cpu_seconds(self.pid), time.monotonic()
        deadline = began + seconds

        async def one(client: RawClient, message: bytes) -> None:
            while time.monotonic() < deadline:
                await client.send(message)
                spent.calls += 1

        await asyncio.gather(*map(one, self._clients, self._messages))
        spent.cpu_s += cpu_seconds(self.pid) - cpu
        spent.wall_s += time.monotonic() - began


async def take_turns(
    contestants: dict[str, Contestant], *, rounds: int, turns: int, seconds: float
) -> list[dict[str, Spent]]:
    """What each round cost each contestant. In a round all have as many turns, in an order that changes its direction
    with every turn, so that whatever else the machine does meanwhile falls on all alike."""
    order, seen = list(contestants), []
    for _ in range(rounds):
        spent = {name: Spent() for name in order}
        for _ in range(turns):
            order.reverse()
            for name in order:
                await contestants[name].turn(seconds, spent[name])
        seen.append(spent)
    return seen
