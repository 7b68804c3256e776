"""What would have been true: the same call on a copy of the world that nobody needs afterwards."""

import logging

from sandbox_server.call import Call, Reply
from sandbox_server.episode import Episode
from sandbox_server.family import Leaning, Site
from sandbox_server.path import taken
from worlds.digest import canonical
from worlds.part import Bound
from worlds.world import World

log = logging.getLogger(__name__)


async def true_reply(episode: Episode, call: Call, world: World | None = None) -> tuple[Reply | None, str]:
    """What a call would be answered in the present state (or on another world, which is used up), and why not."""
    server = episode.servers[call.server]
    accepted = taken(server, call)
    if isinstance(accepted, Reply):
        return accepted, ""
    if isinstance(server, Leaning):
        return None, "its command would have to be run once more"
    copy = world or episode.parked.fork()
    part = copy.parts[call.server]
    if isinstance(part, Bound):
        return None, f"asking it once more would be a call: {part.bound}"
    named = server.identity_arguments(call.tool, accepted)
    identity = copy.attempt(f"{call.server}.{call.tool}", canonical(named) if named else b"{}")
    site = Site(copy, part, identity, call.actor, [], {})
    try:
        reply = await server.call(call, accepted, site)
        copy.settle(call.actor)
    except Exception as error:
        log.debug("no truth for a call of %s.%s", call.server, call.tool, exc_info=True)
        return None, f"{type(error).__name__}: {error}"
    return reply, ""
