"""The path of one call: call hooks, arguments, effect, reply hooks, ledger. What comes back is ready to be framed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox_server.call import Call, Reply
from sandbox_server.episode import Episode
from sandbox_server.family import Server, Site
from sandbox_server.ledger import Entry
from worlds import host
from worlds.changes import Change
from worlds.digest import canonical


@dataclass(slots=True)
class Outcome:
    """What one call came to: the reply, notifications for the caller, and the ledger's entry."""

    reply: Reply
    entry: Entry
    outbox: list[dict[str, Any]] = field(default_factory=list)


async def walk(episode: Episode, call: Call) -> Outcome:
    """Take a call along its whole path. The ledger has the entry, durable in its sinks, before this returns."""
    began_ns = host.monotonic_ns()
    walker = _Walker(episode, episode.servers[call.server])
    arrived_ns = episode.world.clock.arrive()
    reply = await walker.enter(call)
    for hook in episode.hooks.reply:
        reply = hook(call, reply)
    entry = Entry(
        episode.ledger.next_number, "call", call.actor, call.server, call.tool, call.arguments, call.number,
        walker.effect, reply, changes=walker.changes, digest_before=walker.before, digest_after=walker.after,
        arrived_ns=arrived_ns, told_ns=episode.world.clock.now_ns, version=call.version,
        real_ns=host.monotonic_ns() - began_ns,
    )  # fmt: skip
    episode.ledger.write(entry)
    episode.world.clock.leave()
    return Outcome(reply, entry, walker.outbox)


class _Walker:
    """One call on its way; holds what the ledger will say of it."""

    __slots__ = ("after", "before", "changes", "effect", "episode", "outbox", "server")

    def __init__(self, episode: Episode, server: Server) -> None:
        self.episode = episode
        self.server = server
        self.effect = 0
        self.changes: Sequence[Change] = ()
        self.before = self.after = episode.digest
        self.outbox: list[dict[str, Any]] = []

    async def enter(self, call: Call) -> Reply:
        """Through the call hooks, outermost first."""
        hooks = self.episode.hooks.call
        return await (self._nested(call, 0) if hooks else self.check(call))

    async def _nested(self, call: Call, index: int) -> Reply:
        hooks = self.episode.hooks.call
        if index == len(hooks):
            return await self.check(call)

        async def proceed(inner: Call) -> Reply:
            return await self._nested(inner, index + 1)

        return await hooks[index](call, proceed)

    async def check(self, call: Call) -> Reply:
        """Arguments in the imitated server's manner; what passes has its effect."""
        surface = self.server.surface
        tool = surface.by_name.get(call.tool)
        if tool is None:
            return surface.fingerprint.unknown_tool(call.tool)
        accepted = surface.fingerprint.accept(tool, call.arguments)
        if isinstance(accepted, Reply):
            return accepted
        async with self.episode.turn:
            return await self.affect(call, accepted)

    async def affect(self, call: Call, arguments: dict[str, Any]) -> Reply:
        """The effect: what is due, then the server's answer, settled and remembered; or undone as if never begun."""
        episode, world = self.episode, self.episode.world
        self.before = episode.digest
        due = world.run_due()
        if due:
            episode.parked = world.fork()
        identity = world.attempt(
            f"{call.server}.{call.tool}", canonical(self.server.identity_arguments(call.tool, arguments))
        )
        site = Site(world, world.parts[call.server], identity, call.actor, self.outbox)
        try:
            reply = await self._apply(call, arguments, site)
        except BaseException:
            world.undo(episode.parked)
            raise
        self.changes = [*due, *world.settle(call.actor)]
        episode.park(bool(self.changes))
        self.effect, self.after = episode.step, episode.digest
        return reply

    async def _apply(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        hooks = self.episode.hooks.state
        if not hooks:
            return await self.server.call(call, arguments, site)

        async def nested(index: int, inner: Call, place: Site) -> Reply:
            if index == len(hooks):
                return await self.server.call(inner, arguments, place)
            return await hooks[index](inner, place, lambda c, s: nested(index + 1, c, s))

        return await nested(0, call, site)
