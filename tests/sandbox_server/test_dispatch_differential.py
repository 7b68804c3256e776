"""Request by request, our answers have the status, code and shape of the Python SDK's own server."""

from typing import Any

import pytest

from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.corpus import MODERN_PROBES, OPENING_PROBES, SESSION_PROBES, Probe, shape
from tests.sandbox_server.reference import reference
from tests.sandbox_server.wire import Seen, Session, send

pytestmark = pytest.mark.anyio

HEADERS = ("content-type", "allow", "cache-control", "x-accel-buffering", "transfer-encoding", "connection")


def essence(seen: Seen) -> dict[str, Any]:
    """What must be the same."""
    plain = seen.body.decode() if "content-type" not in seen.headers else None
    message = shape(seen.json) if seen.body and plain is None else plain
    headers = {name: seen.headers[name] for name in HEADERS if name in seen.headers}
    return {"status": seen.status, "headers": headers, "message": message}


async def answers(port: int, path: str, probes: list[Probe]) -> dict[str, Any]:
    found = {}
    for probe in probes:
        found[probe.name] = essence(await send(port, path, probe.body, probe.headers, probe.method))
    return found


async def session_answers(port: int, path: str, probes: list[Probe]) -> dict[str, Any]:
    session = await Session(port, path).open()
    found = {}
    for probe in probes:
        found[probe.name] = essence(await session.send(probe.body, probe.headers, probe.method))
    return found


@pytest.mark.parametrize("surface", ["python", "json"])
async def test_requests_at_2026_07_28_are_answered_alike(serve: Serve, surface: str) -> None:
    served = await serve(surface)
    async with reference(json=surface == "json") as witness:
        expected = await answers(witness.port, "/mcp", MODERN_PROBES)

    assert await answers(served.port, served.path, MODERN_PROBES) == expected


@pytest.mark.parametrize("surface", ["python", "json"])
async def test_requests_of_a_session_are_answered_alike(serve: Serve, surface: str) -> None:
    served = await serve(surface)
    async with reference(json=surface == "json") as witness:
        expected = await session_answers(witness.port, "/mcp", SESSION_PROBES)

    assert await session_answers(served.port, served.path, SESSION_PROBES) == expected


async def test_first_requests_are_answered_alike(serve: Serve) -> None:
    served = await serve()
    async with reference() as witness:
        expected = await answers(witness.port, "/mcp", OPENING_PROBES)

    assert await answers(served.port, served.path, OPENING_PROBES) == expected
