"""The path of one call: call hooks, arguments, effect, reply hooks, ledger. What comes back is ready to be framed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from anyio.to_thread import run_sync
from msgspec import Struct

from sandbox_server.call import Call, Reply
from sandbox_server.dispatch.long_texts import encoded_ahead, is_long
from sandbox_server.episode import Episode
from sandbox_server.errors import Ended, Interrupted
from sandbox_server.family import Server, Site
from sandbox_server.hooks import NO_HOOKS, Hooks
from sandbox_server.ledger import Entry
from sandbox_server.web import BROKEN, BROKEN_HEADERS, NOTE, web_reply
from worlds import host
from worlds.chance import NOBODY, Identity
from worlds.changes import Change
from worlds.digest import canonical
from worlds.part import Part

log = logging.getLogger(__name__)
ABANDONED: Final = "abandoned"
"""The note of a call that was never answered, because whoever made it or the whole episode left before."""


class Outcome(Struct):
    """What one request came to: the reply, the ledger's entry if it has one, and notifications for the caller."""

    reply: Reply
    entry: Entry | None = None
    outbox: Sequence[dict[str, Any]] = ()
    call: Call | None = None
    ahead: Reply | None = None
    """The reply with long texts encoded already, for whoever writes it."""
    hooks: Hooks = NO_HOOKS
    """The hooks that the call met; those that were put in place since then are for the calls after it."""

    asked: Call | None = None
    """What was asked for, where rules were asked about a request that calls no tool."""

    @property
    def subject(self) -> Call | None:
        """What the hooks of deliveries are told of."""
        return self.call or self.asked

    @property
    def shown(self) -> Reply:
        """The reply as it is to be written."""
        return self.ahead or self.reply


async def walk(episode: Episode, call: Call) -> Outcome:
    """Take a call along its whole path. The ledger has the entry, durable in its sinks, before this returns.

    A server that breaks is answered for as its SDK would; the cause goes to the log and the ledger, never further.
    Raises Ended, and nothing happened, when the episode ends before it is the call's turn.
    """
    began_ns = host.monotonic_ns()
    clock, ledger = episode.world.clock, episode.ledger
    walker = _Walker(episode, episode.servers[call.server])
    if call.web is not None:
        walker.notes[NOTE] = call.web.to_json()
    arrived_ns = clock.arrive()
    try:
        reply = await (walker.enter(call, 0) if walker.hooks.call else walker.check(call))
    except (Ended, asyncio.CancelledError):
        _abandon(episode, call, walker, arrived_ns, began_ns)
        raise
    except Exception as error:
        reply = walker.broke(call.tool, error)
        if call.web is not None:
            reply = web_reply(500, BROKEN_HEADERS, BROKEN)
    for hook in walker.hooks.reply:
        reply = hook(call, reply)
    entry = _entry(episode, call, walker, reply, arrived_ns, began_ns)
    for note in walker.hooks.entry:
        note(call, entry)
    ledger.write(entry)
    clock.leave()
    if episode.history.is_full:
        await episode.history.make_room()
    ahead = await encoded_ahead(reply) if is_long(reply) else None
    return Outcome(reply, entry, walker.outbox, call, ahead, walker.hooks)


def _entry(
    episode: Episode, call: Call, walker: "_Walker", reply: Reply | None, arrived_ns: int, began_ns: int
) -> Entry:
    """What the ledger says of a call that is over."""
    return Entry(
        len(episode.ledger.entries) + 1, "call", call.actor, call.server, call.tool, call.arguments, call.number,
        walker.effect, reply, changes=walker.changes, digest_before=walker.before, digest_after=walker.after,
        arrived_ns=arrived_ns, told_ns=episode.world.clock.now_ns, version=call.version, notes=walker.notes,
        real_ns=host.monotonic_ns() - began_ns,
    )  # fmt: skip


def _abandon(episode: Episode, call: Call, walker: "_Walker", arrived_ns: int, began_ns: int) -> None:
    """Put down a call that ended before it was answered, if it left anything: an effect, or decisions of rules."""
    entry = _entry(episode, call, walker, None, arrived_ns, began_ns)
    entry.notes[ABANDONED] = True
    for note in walker.hooks.entry:
        note(call, entry)
    if entry.true_reply is None:
        entry.truth, entry.true_reply = "not computed" if walker.answer is None else "computed", walker.answer
    if entry.effect or entry.rules:
        episode.ledger.write(entry)
    episode.world.clock.leave()


async def request(
    episode: Episode, server: str, method: str, params: Any, actor: str, *, held: bool = False
) -> Outcome | None:
    """Take another request of a server (`resources/read`, ...) along the same path; None when it has no such method.

    `held`: who asks writes the ledger's entry.
    """
    began_ns = host.monotonic_ns()
    clock, ledger = episode.world.clock, episode.ledger
    walker = _Walker(episode, episode.servers[server])
    arrived_ns = clock.now_ns
    try:
        reply = await walker.other(server, method, params, actor)
    except Ended:
        raise
    except Exception as error:
        reply = walker.broke("", error)
    if reply is None:
        return None
    entry = Entry(
        ledger.next_number, "request", actor, server, method, params, effect=walker.effect, told=reply,
        changes=walker.changes, digest_before=walker.before, digest_after=walker.after, arrived_ns=arrived_ns,
        told_ns=clock.now_ns, notes=walker.notes, real_ns=host.monotonic_ns() - began_ns,
    )  # fmt: skip
    if not held:
        ledger.write(entry)
    return Outcome(reply, entry, walker.outbox)


def taken(server: Server, call: Call) -> Reply | dict[str, Any]:
    """The arguments as a server is given them, or the refusal of the SDK under it; plain requests know no SDK."""
    if call.web is not None:
        arguments: dict[str, Any] = call.arguments
        return arguments
    surface = server.surface
    tool = surface.by_name.get(call.tool)
    if tool is None:
        if surface.unknown_tool is not None:
            return surface.unknown_tool(call.tool, call.arguments)
        return surface.fingerprint.unknown_tool(call.tool)
    return surface.fingerprint.accept(tool, call.arguments)


class _Walker:
    """One call on its way; holds what the ledger will say of it.

    The hooks are those of its arrival: what is toggled while it is under way is for the calls after it.
    """

    __slots__ = (
        "after", "answer", "before", "changes", "effect", "episode", "hooks", "notes", "outbox", "server", "then",
    )  # fmt: skip

    def __init__(self, episode: Episode, server: Server) -> None:
        self.episode = episode
        self.hooks = episode.hooks
        self.server = server
        self.effect = 0
        self.answer: Reply | None = None
        """What its server answered, once the effect is certain."""
        self.changes: Sequence[Change] = ()
        self.before = self.after = episode.digest
        self.outbox: list[dict[str, Any]] = []
        self.notes: dict[str, Any] = {}
        self.then: Callable[[Episode], Awaitable[Reply]] | None = None

    async def enter(self, call: Call, index: int) -> Reply:
        """Through the call hooks, outermost first."""
        hooks = self.hooks.call
        if index == len(hooks):
            return await self.check(call)

        async def proceed(inner: Call) -> Reply:
            return await self.enter(inner, index + 1)

        return await hooks[index](call, proceed)

    async def check(self, call: Call) -> Reply:
        """Arguments in the imitated server's manner; what passes has its effect."""
        accepted = taken(self.server, call)
        if isinstance(accepted, Reply):
            return accepted
        turn = self.episode.turn
        if not turn.take():
            await self.episode.waits.aside(turn.acquire())
        try:
            reply = await self.affect(call, accepted)
        finally:
            turn.release()
        return reply if self.then is None else await self.then(self.episode)

    async def affect(self, call: Call, arguments: dict[str, Any]) -> Reply:
        """The effect: what is due, then the server's answer, settled and remembered; or undone as if never begun."""
        world = self.episode.world
        self.then = None
        due = self._begin()
        named = self.server.identity_arguments(call.tool, arguments)
        identity = world.attempt(f"{call.server}.{call.tool}", canonical(named) if named else b"{}")
        site = self._site(call.server, identity, call.actor)
        try:
            if self.hooks.state:
                reply = await self._hooked(call, arguments, site)
            else:
                reply = await self.server.call(call, arguments, site)
            if site.settled:
                self._end([*due, *site.settled], world.settle(call.actor), others=True)
            elif world.is_steady(self.episode.parked):
                self._end(due, None)
            elif _is_much(site.part):
                self._end(due, await run_sync(world.settle, call.actor))
            else:
                self._end(due, world.settle(call.actor))
        except BaseException:
            self._undo()
            raise
        self.then = site.then
        self.answer = reply
        return reply

    async def other(self, server: str, method: str, params: Any, actor: str) -> Reply | None:
        """The effect of another request."""
        turn = self.episode.turn
        if not turn.take():
            await self.episode.waits.aside(turn.acquire())
        try:
            due = self._begin()
            try:
                reply = await self.server.request(method, params, self._site(server, NOBODY, actor))
                if reply is not None:
                    world = self.episode.world
                    self._end(due, None if world.is_steady(self.episode.parked) else world.settle(actor))
            except BaseException:
                self._undo()
                raise
            return reply
        finally:
            turn.release()

    def broke(self, tool: str, error: Exception) -> Reply:
        """The SDK's answer for a server that broke; an owner finds the cause in the log and in the ledger's notes."""
        if not isinstance(error, Interrupted):
            log.error("%s broke", tool or "a request", exc_info=error)
        self.notes["broke"] = f"{type(error).__name__}: {error}"
        return self.server.surface.manner.broken(tool)

    def _begin(self) -> Sequence[Change]:
        """Perform what is due, and remember it as the state to fall back to."""
        episode = self.episode
        self.before = episode.digest
        if not episode.world.agenda.events:
            return ()
        missed: list[str] = []
        due = episode.world.run_due(lambda event, error: missed.append(f"event {event.number}: {error.message}"))
        if missed:
            self.notes["missed"] = missed
        if due:
            episode.parked = episode.world.fork()
            episode.digest = self.after = episode.world.content_digest()
            self.changes = due
        return due

    def _undo(self) -> None:
        """Fall back to the state before the call's own effect."""
        self.episode.world.undo(self.episode.parked)

    def _end(self, due: Sequence[Change], settled: Sequence[Change] | None, *, others: bool = False) -> None:
        """Remember the step, with what was settled; None if nothing at all had happened to any part.

        `others`: something in `due` happened within the effect.
        """
        episode = self.episode
        changes = settled or ()
        self.changes = [*due, *changes] if due else changes
        episode.park(others or bool(changes), steady=settled is None)
        self.effect, self.after = episode.step, episode.digest

    def _site(self, server: str, identity: Identity, actor: str) -> Site:
        world = self.episode.world
        return Site(world, world.parts[server], identity, actor, self.outbox, self.notes)

    async def _hooked(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        hooks = self.hooks.state

        async def nested(index: int, inner: Call, place: Site) -> Reply:
            if index == len(hooks):
                return await self.server.call(inner, arguments, place)
            return await hooks[index](inner, place, lambda c, s: nested(index + 1, c, s))

        return await nested(0, call, site)


def _is_much(part: Part) -> bool:
    """Whether so much was touched that others should not wait until it is settled."""
    asked = getattr(part, "is_much", None)
    return asked is not None and bool(asked())
