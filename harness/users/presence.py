"""By what people take part in an episode: they speak, and call tools, here or on a stage elsewhere."""

from collections.abc import Sequence
from typing import Final, Protocol

from harness.acting.client import Client
from harness.acting.fate import FateUnknown
from harness.staging.script import Call
from sandbox_server.episode import Episode
from sandbox_server.turns import Words, speak_slowly
from worlds.agenda import Wish
from worlds.changes import Actor


class Presence(Protocol):
    """What a person does, has its effect by this."""

    async def say(
        self, episode: Episode, server: str, words: Words, actor: Actor, soon: Sequence[Wish] = (), pause_ns: int = 0
    ) -> None:
        """Let a person speak after a time of the world's; what is due `soon` is due so long after that.

        Raises Conflict for a conversation that is closed.
        """
        ...

    async def fails(self, episode: Episode, actor: Actor, call: Call) -> bool:
        """Whether a call in a person's name fails, or has no answer. The agent's message waits meanwhile."""
        ...


class _Here:
    """In this process."""

    async def say(
        self, episode: Episode, server: str, words: Words, actor: Actor, soon: Sequence[Wish] = (), pause_ns: int = 0
    ) -> None:
        """Speak."""
        await speak_slowly(episode, server, words, actor, soon, pause_ns)

    async def fails(self, episode: Episode, actor: Actor, call: Call) -> bool:
        """Call, and do not keep the time from passing that the call may take."""
        calling = Client(episode, actor).call(call.server, call.tool, call.arguments)
        try:
            return (await episode.waits.aside(calling)).failed
        except FateUnknown:
            return True


HERE: Final[Presence] = _Here()
