"""Calls that are made inside of this process, without a protocol in between."""

from collections.abc import Mapping
from typing import Any

from sandbox_server.call import Call
from sandbox_server.episode import Episode
from sandbox_server.errors import NotFound
from sandbox_server.path import Outcome, walk
from sandbox_server.surface import MODERN_VERSION


async def call_inside(
    episode: Episode, server: str, tool: str, arguments: Mapping[str, Any] | None, actor: str
) -> Outcome:
    """Take a call along the path of every call; what a client over the wire is told is in the outcome.

    Raises NotFound for a server that the actor does not have, and Ended.
    """
    if not episode.has(server, actor):
        known = ", ".join(name for name in episode.servers if episode.has(name, actor))
        raise NotFound(f"there is no server {server!r}", hint=f"known: {known}")
    episode.arrivals += 1
    version = episode.servers[server].surface.versions[-1]
    call = Call(
        server, tool, dict(arguments or {}), actor, episode.arrivals,
        era="modern" if version == MODERN_VERSION else "handshake", version=version,
    )  # fmt: skip
    episode.waits.enter()
    try:
        return await walk(episode, call)
    finally:
        episode.waits.leave()


def is_lost(outcome: Outcome) -> bool:
    """Whether a fault keeps the answer from whoever called."""
    return outcome.entry is not None and outcome.entry.told is None
