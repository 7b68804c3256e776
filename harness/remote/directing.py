"""What is asked of a stage for one episode: calls and words in people's names, waits, files, and the end."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from harness.acting.client import Answer, Client
from harness.acting.fate import FateUnknown
from harness.remote.admin import Admin
from harness.remote.follower import Follower
from harness.remote.shadow import Shadow
from harness.remote.wire import reply_of
from harness.staging.script import Call
from sandbox_server.episode import Episode
from sandbox_server.turns import Words
from worlds.agenda import Wish
from worlds.changes import Actor
from worlds.world import World


class Direction:
    """Sends directives, each with a reference of its own, and waits until the shadow shows what came of them."""

    def __init__(self, admin: Admin, episode: str, follower: Follower) -> None:
        self.admin = admin
        self.path = f"/episodes/{episode}"
        self._follower = follower
        self._numbers = itertools.count(1)

    def reference(self) -> str:
        """A name for the next directive."""
        return f"d{next(self._numbers)}"

    async def send(self, what: str, body: Mapping[str, Any], reference: str = "") -> dict[str, Any]:
        """Send a directive; returns when the shadow has come as far as it. Raises StageError and PlaceLost."""
        return await self._asked(what, {"reference": reference or self.reference(), **body})

    async def finish(self) -> dict[str, Any]:
        """Let the episode come to its end; returns what the stage says of it, when the shadow has come as far."""
        return await self._asked("finish", None)

    async def _asked(self, what: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        told = await self._follower.meanwhile(lambda: self.admin.ask("POST", f"{self.path}/{what}", body, wait_s=None))
        await self._follower.reached(told["last"])
        return told

    async def call(self, actor: str, server: str, tool: str, arguments: Any, *, meanwhile: bool = False) -> Answer:
        """Make a call inside of the stage. Raises FateUnknown where the answer is lost."""
        body = {"actor": actor, "server": server, "tool": tool, "arguments": arguments, "meanwhile": meanwhile}
        reply = reply_of((await self.send("calls", body))["reply"])
        if reply is None:
            raise FateUnknown(
                f"{server}.{tool}: the answer was lost; whether the call was carried out is not known",
                hint="look at the state before calling again",
            )
        return Answer(reply)


class RemoteClient(Client):
    """Calls the servers of an episode on a stage in the agent's name."""

    def __init__(self, shadow: Shadow, direction: Direction) -> None:
        super().__init__(shadow)
        self._shadow = shadow
        self._direction = direction

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any] | None = None) -> Answer:
        """Call a tool; what it refuses is an answer. Raises NotFound, FateUnknown and PlaceLost."""
        self._known(server)
        return await self._direction.call(self.actor, server, tool, dict(arguments or {}))

    async def wait(self, by_ns: int) -> None:
        """Let simulated time pass."""
        await self._direction.send("passing", {"by_ns": by_ns})

    async def take_in(self, server: str, operations: Sequence[Mapping[str, Any]], left_out: Sequence[str]) -> None:
        """Let what the agent made of a working directory have its effect, as one step."""
        await self._direction.send("files", {"server": server, "operations": operations, "notes": left_out})

    async def perform(self, server: str, operation: str, arguments: Mapping[str, Any]) -> None:
        """Let an operation on a server's part have its effect in the agent's name, past its tools."""
        self._known(server)
        body = {"server": server, "operation": operation, "arguments": dict(arguments)}
        told = await self._direction.send("deeds", body)
        self.episode.digest = bytes.fromhex(told["digest"])

    def copy(self) -> World:
        """A copy of the world as it was after the last step."""
        return self._shadow.look().fork()


class RemotePresence:
    """By what people take part in an episode on a stage."""

    def __init__(self, shadow: Shadow, direction: Direction) -> None:
        self._shadow = shadow
        self._direction = direction

    async def say(
        self, episode: Episode, server: str, words: Words, actor: Actor, soon: Sequence[Wish] = (), pause_ns: int = 0
    ) -> None:
        """Let a person speak; what only this process knows of it stays here."""
        reference = self._direction.reference()
        self._shadow.expect(reference, words)
        body = {
            "server": server, "actor": actor, "text": words.text, "closes": words.closes, "answers": words.answers,
            "pause_ns": pause_ns, "soon": [_later(wish) for wish in soon],
        }  # fmt: skip
        await self._direction.send("words", body, reference)

    async def fails(self, episode: Episode, actor: Actor, call: Call) -> bool:
        """Whether a call in a person's name fails, or has no answer."""
        try:
            answer = await self._direction.call(actor, call.server, call.tool, dict(call.arguments), meanwhile=True)
        except FateUnknown:
            return True
        self._shadow.look()
        return answer.failed


def _later(wish: Wish) -> dict[str, Any]:
    return {
        "after_ns": wish.due_ns,
        "operation": wish.operation,
        "arguments": dict(wish.arguments),
        "actor": wish.actor,
    }
