"""One live world with its servers, from start to end."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync

from fault_injection.asked import EVERYWHERE, Transport
from sandbox_server.connection import Connection
from sandbox_server.errors import NotFound
from sandbox_server.freeing import free
from sandbox_server.history import History
from sandbox_server.hooks import NO_HOOKS, Hooks
from sandbox_server.ledger import Entry, Ledger, Sink
from sandbox_server.presentation import Presentation
from sandbox_server.sessions import Sessions
from sandbox_server.turn import Turn
from sandbox_server.turns import Turns
from sandbox_server.waits import Waits
from worlds.changes import Change
from worlds.part import Interruptible
from worlds.world import World

if TYPE_CHECKING:
    from sandbox_server.faults.live import Live


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A kept state of an episode's world; `world` is a fork that nobody changes."""

    id: str
    label: str
    step: int
    world: World


class Episode:
    """A world being acted on: calls change it in one linear order, its owner looks at it and sets it back."""

    def __init__(
        self,
        id: str,
        presentation: Presentation,
        world: World,
        *,
        hooks: Hooks = NO_HOOKS,
        sinks: Iterable[Sink] = (),
        history: History | None = None,
    ) -> None:
        self.id = id
        self.presentation = presentation
        self.servers = presentation.servers
        self.world = world
        self.hooks = hooks
        self.ledger = Ledger(sinks=tuple(sinks))
        self.history = history or History()
        self.snapshots: dict[str, Snapshot] = {}
        self.credentials: dict[str, str] = {}
        """Token to the actor who calls with it."""
        self.turn = Turn(id)
        """Held by whoever changes the world: one effect or one act of the owner at a time."""
        self.connections: set[Connection] = set()
        """Live connections that can be sent notifications."""
        self.urls: dict[tuple[str, str], Connection] = {}
        self.sessions = Sessions()
        self.waits = Waits(world.clock)
        self.turns = Turns()
        self.reserved: Mapping[str, str] = {}
        """Servers that only one actor has, by that actor's name; to all others they do not exist."""
        self.arrivals = 0
        self.step = 0
        self.transports: frozenset[Transport] = EVERYWHERE
        """How clients can come."""
        self.first = world.fork()
        self.past: tuple[History, int] | None = None
        """Where the states before the first one are to be found, and the last step of them, in a fork."""
        self.parked = self.first
        """A fork of the present state: what a failed call falls back to. Never changed."""
        self.digest = world.content_digest()
        self.history.keep(0, self.first)
        self._faults: Live | None = None

    @property
    def faults(self) -> "Live":
        """What may go wrong here, made when it is first asked for."""
        if self._faults is None:
            from sandbox_server.faults.live import Live  # most episodes need nothing of it

            self._faults = Live(self)
        return self._faults

    @property
    def has_faults(self) -> bool:
        """Whether anybody has ever put faults in force here."""
        return self._faults is not None and bool(self._faults.profiles)

    def credit(self, token: str, actor: str = "agent") -> None:
        """Let a token act in this episode in an actor's name; the token never shows in the ledger."""
        self.credentials[token] = actor
        self.ledger.secrets = tuple(self.credentials)

    def url(self, server: str, actor: str) -> Connection | None:
        """The bare line of an actor's URL of a server, or None when there is no such server."""
        found = self.urls.get((server, actor))
        if found is None and self.has(server, actor):
            found = self.urls[server, actor] = Connection(self, server, actor)
        return found

    def has(self, server: str, actor: str) -> bool:
        """Whether there is such a server for an actor."""
        return server in self.servers and self.reserved.get(server, actor) == actor

    def offered(self, actor: str) -> dict[str, Any]:
        """The servers that an actor has, by name."""
        return {name: each for name, each in self.servers.items() if self.has(name, actor)}

    def park(self, changed: bool, *, steady: bool = False) -> None:
        """End an effect: remember the world after it as the next step. `steady`: no part was touched at all."""
        self.step += 1
        self.parked = self.world.still(self.parked) if steady else self.world.fork(self.parked)
        if changed:
            self.digest = self.world.content_digest()
        self.history.keep(self.step, self.parked)

    async def reset(self, seed_world: World | None = None) -> str:
        """Put the world back to its first state (or another one) while clients stay connected; returns the digest."""
        return await self._jump("reset", seed_world or self.first, 0, {})

    async def restore(self, *, snapshot: str | None = None, step: int | None = None) -> str:
        """Put the world back to a snapshot or a past step; the next step equals the uninterrupted run's."""
        found = self.find(snapshot=snapshot, step=step)
        return await self._jump("restore", found.world, found.step, {"snapshot": found.id or None, "step": found.step})

    async def snapshot(self, label: str = "") -> Snapshot:
        """Keep the present state under a new id. Raises NotForkable."""
        async with self.turn:
            self.world.demand_free()
            taken = Snapshot(f"snap_{len(self.snapshots) + 1}", label, self.step, self.world.fork())
            self.snapshots[taken.id] = taken
            self.act("snapshot", {"id": taken.id, "label": label})
            return taken

    async def take_in(self, world: World, label: str = "") -> Snapshot:
        """Keep the state of a world of the same parts under a new id, as if it had been taken now."""
        async with self.turn:
            taken = Snapshot(f"snap_{len(self.snapshots) + 1}", label, self.step, world)
            self.snapshots[taken.id] = taken
            self.act("take_in", {"id": taken.id, "label": label, "digest": world.content_digest().hex()})
            return taken

    def repark(self) -> None:
        """Remember what the owner changed between two calls as part of the present step."""
        self.parked = self.world.fork()
        self.digest = self.world.content_digest()
        self.history.keep(self.step, self.parked)

    def find(self, *, snapshot: str | None = None, step: int | None = None) -> Snapshot:
        """A snapshot by id, or a past step as a nameless one. Raises NotFound."""
        if snapshot is None:
            number = self.step if step is None else step
            return Snapshot("", "", number, self.history.at(number))
        if snapshot not in self.snapshots:
            known = ", ".join(self.snapshots) or "none yet"
            raise NotFound(f"there is no snapshot {snapshot!r}", hint=f"known: {known}")
        return self.snapshots[snapshot]

    def diff(self, since: World | None = None) -> list[Change]:
        """Net changes from a world (default: the first state) to the present one."""
        return self.parked.diff(since or self.first)

    def act(self, name: str, arguments: dict[str, Any]) -> Entry:
        """Write an act of the owner into the ledger: after the arrival of so many calls, some of them in progress."""
        now_ns = self.world.clock.now_ns
        entry = Entry(
            self.ledger.next_number, "act", "owner", tool=name, arguments=arguments, arrival=self.arrivals,
            effect=self.step,
            digest_before=self.digest, digest_after=self.digest, arrived_ns=now_ns, told_ns=now_ns,
            real_ns=0,
        )  # fmt: skip
        self.ledger.write(entry)
        return entry

    def close(self) -> None:
        """End the episode: who waits for a turn has none, connections are told, the world is given back."""
        self.turn.end()
        self.turns.end()
        self.sessions.close()
        for connection in tuple(self.connections):
            connection.close()
        free([*self.history.worlds(), *self.ledger.entries])
        self.urls.clear()  # the one cycle of references: an episode that has ended needs no garbage collector
        self.world.close()

    def seized(self) -> AbstractAsyncContextManager[None]:
        """The turn for one who does not care what becomes of the call in progress: its statement is killed."""
        return self.turn.seized(self._interrupt)

    async def _interrupt(self) -> None:
        """End what the call in progress waits for, as far as parts can."""
        for part in self.world.parts.values():
            if isinstance(part, Interruptible):
                await run_sync(part.interrupt)

    async def _jump(self, name: str, world: World, step: int, arguments: dict[str, Any]) -> str:
        self.world.demand_free()
        async with self.seized():
            before_ns = self.world.clock.now_ns
            self.world.adopt(world)
            self.step = step
            self.history.forget_after(step)
            self.repark()
            self.turns.drop()
            self.act(name, {**arguments, "digest": self.digest.hex()})
            self._put_off_ends(self.world.clock.now_ns - before_ns)
            return self.digest.hex()

    def _put_off_ends(self, by_ns: int) -> None:
        """Let faults that end at some time last as long as they still had, though the clock was set."""
        profiles = self.faults.profiles if self.has_faults else ()
        if by_ns and any(profile.standing().get("ends") for profile in profiles):
            self.faults.put([profile.put_off(by_ns) for profile in profiles])
