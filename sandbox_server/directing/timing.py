"""The world's time of each effect, which replays have to be told: calls side by side let it pass while others wait."""

from typing import Final

from sandbox_server.call import Call, Reply
from sandbox_server.family import Site
from sandbox_server.hooks import Apply

EFFECT_NOTE: Final = "effect_ns"
"""The note in which an episode's ledger keeps the world's time of an effect."""


async def note_time(call: Call, site: Site, apply: Apply) -> Reply:
    """A hook around effects that notes when they happen."""
    site.notes[EFFECT_NOTE] = site.world.clock.now_ns
    return await apply(call, site)
