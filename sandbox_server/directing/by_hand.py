"""What is done to a part past all tools, in the agent's name: no server need offer it, and no call stands for it."""

from collections.abc import Mapping
from typing import Any

from sandbox_server.episode import Episode
from worlds.errors import Problem
from worlds.part import Moment


async def do_by_hand(episode: Episode, server: str, operation: str, arguments: Mapping[str, Any]) -> str:
    """Perform an operation on a server's part, and return the digest of the state after it.

    What the part refuses has no effect. The ledger has no entry of it, because nobody was asked.
    """
    async with episode.turn:
        world = episode.world
        moment = Moment(world.clock.now_ns, "agent", world.chance.derive("by hand", operation))
        try:
            with world.effect("agent"):
                world.parts[server].perform(operation, arguments, moment)
        except Problem:
            return episode.digest.hex()
        episode.repark()
        return episode.digest.hex()
