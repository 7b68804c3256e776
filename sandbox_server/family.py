"""The contract of a tool family: turns calls into world operations and world facts into a server's own words.

One file or folder per family in `sandbox_server/families/`, named like the `kind` in world files.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Protocol, runtime_checkable

from msgspec import Struct

from sandbox_server.call import Call, Reply
from sandbox_server.surface import Surface
from worlds.chance import Identity
from worlds.changes import Change
from worlds.companion import Companion
from worlds.part import Part, Settings
from worlds.registry import Registry
from worlds.world import World


class Site(Struct):
    """What a server may touch while it answers one request; alive only inside the effect."""

    world: World
    part: Part
    """The part of this server."""
    identity: Identity
    """Who asks, for keyed chance."""
    actor: str = "agent"
    outbox: list[dict[str, Any]] = []
    """Notifications to send to the caller's connection, in order, as JSON-RPC messages without `jsonrpc`."""
    notes: dict[str, Any] = {}
    """What the ledger keeps beside the reply, such as `decided: killed`. A replay hands the recorded notes in."""
    settled: list[Change] = []
    """Changes that were put down to somebody else before the effect ended."""
    then: Callable[[Any], Awaitable[Reply]] | None = None
    """What is left to do once the effect is over, with the episode and holding no lock; what it gives is told."""

    skew_ns: int = 0
    """How far this server's clock is ahead of the world's; negative where it is behind."""

    @property
    def now_ns(self) -> int:
        """The time by this server's clock: the world's, unless it is wrong."""
        return self.world.clock.now_ns + self.skew_ns

    def hex(self, digits: int, name: str) -> str:
        """Hexadecimal digits from the world's chance, e.g. for temporary names."""
        return self.world.chance.hex(digits, "server", self.identity, name)


class Server(Protocol):
    """One world server as it is presented: immutable, shared by all episodes of a world."""

    surface: Surface

    def companions(self) -> Mapping[str, Companion]:
        """State that the imitated server process keeps in memory, by a short name; fresh at each world's start."""
        ...

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """Answer one call whose tool exists and whose arguments the fingerprint accepted.

        Runs alone in its episode and inside an effect: an exception undoes everything. Changes to the world are
        made without an await between them; awaiting a worker before or after is allowed.
        """
        ...

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        """Answer another method (`resources/read`, `prompts/get`, ...), or None when the server does not have it."""
        ...

    def identity_arguments(self, tool: str, arguments: Any) -> Any:
        """Those arguments that tell one operation from another (paths, tables, ids; no free text)."""
        ...


class Family(Protocol):
    """How a server's entry in a world file becomes a presented server."""

    Settings: ClassVar[type[Settings]]
    """The keys that concern presentation; keys of the part's own settings are checked there."""

    def server(self, name: str, settings: Any, part_settings: Any) -> Server:
        """The server of that name. Raises StageError with what is wrong and what would be accepted."""
        ...


@runtime_checkable
class Presenting(Protocol):
    """A family whose servers show what a part was found to be, and not only what was written about it."""

    def present(self, name: str, settings: Any, part: Part) -> Server:
        """The server of that name, in the place of `server`. The part is its first state: it is looked at, and never
        kept. Raises StageError."""
        ...


@runtime_checkable
class Leaning(Protocol):
    """A server that works on the parts of other servers."""

    def lean(self, parts: Mapping[str, Part]) -> None:
        """Refuse a world without what it needs. Raises StageError."""
        ...


families: Registry[Family] = Registry("soundstage.families", "sandbox_server.families")
"""Server kinds of world files to their families."""

Notify = Callable[[dict[str, Any]], None]
