"""The harness's own client: calls the servers of one episode in process, without a protocol in between.

For scripted agents and mass runs. What it is answered is what a client over the wire is answered, and the ledger
holds the same entries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harness.acting.fate import FateUnknown
from harness.staging.script import answered, result_text
from sandbox_server.call import Reply
from sandbox_server.directing.by_hand import do_by_hand
from sandbox_server.directing.taking import take_in
from sandbox_server.episode import Episode
from sandbox_server.errors import NotFound
from sandbox_server.inside import call_inside, is_lost
from worlds.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call was answered."""

    reply: Reply

    @property
    def failed(self) -> bool:
        """Whether it announces a failure: an `isError` result or a JSON-RPC error."""
        return self.reply.failed

    @property
    def result(self) -> Mapping[str, Any]:
        """The result as the server sent it; empty for a JSON-RPC error."""
        return self.reply.result or {}

    @property
    def text(self) -> str:
        """The result's text blocks, or the error's message."""
        return self.reply.error.message if self.reply.error else result_text(self.result)

    @property
    def data(self) -> Any:
        """The text as a value: JSON or a Python literal where it is one, else the text."""
        return answered(self.result) if not self.reply.error else self.text


class Caller(Protocol):
    """Whoever can call tools: in this process or from outside."""

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any] | None = None) -> Answer:
        """Call a tool."""
        ...


class Client:
    """Calls the servers of one episode in an actor's name."""

    def __init__(self, episode: Episode, actor: str = "agent") -> None:
        self.episode = episode
        self.actor = actor

    @property
    def servers(self) -> list[str]:
        """The servers that there are for the actor."""
        return [name for name in self.episode.servers if self.episode.has(name, self.actor)]

    def tools(self, server: str) -> list[Mapping[str, Any]]:
        """The tools of a server. Raises NotFound."""
        self._known(server)
        return list(self.episode.servers[server].surface.tools)

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any] | None = None) -> Answer:
        """Call a tool; what it refuses is an answer.

        Raises NotFound for a server that does not exist, and FateUnknown where a fault keeps the answer back.
        """
        outcome = await call_inside(self.episode, server, tool, arguments, self.actor)
        if is_lost(outcome):
            raise FateUnknown(
                f"{server}.{tool}: the answer was lost; whether the call was carried out is not known",
                hint="look at the state before calling again",
            )
        return Answer(outcome.reply)

    async def wait(self, by_ns: int) -> None:
        """Let simulated time pass."""
        self.episode.world.clock.advance(by_ns)

    async def take_in(self, server: str, operations: Sequence[Mapping[str, Any]], left_out: Sequence[str]) -> None:
        """Let what the agent made of a working directory have its effect on a server's files, as one step."""
        await take_in(self.episode, server, operations, left_out)

    async def perform(self, server: str, operation: str, arguments: Mapping[str, Any]) -> None:
        """Let an operation on a server's part have its effect in the agent's name, past its tools.

        What the part refuses has none.
        """
        await do_by_hand(self.episode, server, operation, arguments)

    def copy(self) -> World:
        """A copy of the present world to try something on, which is the caller's to close."""
        return self.episode.parked.fork()

    def _known(self, server: str) -> None:
        if not self.episode.has(server, self.actor):
            raise NotFound(f"there is no server {server!r}", hint=f"known: {', '.join(self.servers)}")
