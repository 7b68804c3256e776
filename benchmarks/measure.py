"""Shared ways to measure: CPU time of processes, a lean load client, rounds that take turns."""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")


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
    """User and system CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


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


async def load(host: str, port: int, messages: Sequence[bytes], *, pid: int, seconds: float) -> tuple[float, float]:
    """(calls per second, CPU microseconds of the server per call); each message is sent again and again on its line."""
    done = 0
    deadline = time.monotonic() + seconds

    async def one(message: bytes) -> None:
        nonlocal done
        async with RawClient(host, port) as client:
            while time.monotonic() < deadline:
                await client.send(message)
                done += 1

    before, began = cpu_seconds(pid), time.monotonic()
    await asyncio.gather(*(one(message) for message in messages))
    spent = time.monotonic() - began
    return done / spent, (cpu_seconds(pid) - before) * 1e6 / max(done, 1)


async def take_turns(
    contestants: dict[str, Callable[[], Awaitable[tuple[float, float]]]], rounds: int = 3
) -> dict[str, tuple[float, float]]:
    """Medians of (calls per second, CPU us per call) over rounds in which the contestants take turns."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            seen[name].append(await run())
    return {n: (statistics.median(r for r, _ in v), statistics.median(c for _, c in v)) for n, v in seen.items()}
