"""Who sits in people's places while somebody elsewhere plays them: passes on what they are told, and waits."""

import asyncio
from dataclasses import dataclass

from sandbox_server.directing.feed import Feed
from sandbox_server.episode import Episode
from sandbox_server.turns import Broke, Pending


@dataclass(frozen=True, slots=True)
class StandIn:
    """Answers nothing by itself; what is done and said meanwhile comes from outside."""

    feed: Feed

    async def answer(self, episode: Episode, pending: Pending) -> None:
        """Wait until the turn is over. The world's time stands still meanwhile, as it does for a person here.

        Raises Broke where the person could not be played.
        """
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        episode.turns.waiting[pending.message] = pending, over
        self.feed.turn(pending)
        try:
            await over
        except asyncio.CancelledError:
            self.feed.dropped(pending.message)
            raise
        finally:
            episode.turns.waiting.pop(pending.message, None)


def end_turn(episode: Episode, message: str, broke: str = "") -> None:
    """Let the call go that waits. Raises NotFound."""
    episode.turns.pending(message)
    _, over = episode.turns.waiting[message]
    if over.done():
        return
    if broke:
        over.set_exception(Broke(broke))
    else:
        over.set_result(None)
