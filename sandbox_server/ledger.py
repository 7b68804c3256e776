"""The ledger: one append-only entry per call (and per owner's act): what was told, what was true, what changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from msgspec import Struct

from sandbox_server.call import Reply
from worlds.changes import Change
from worlds.clock import show_time

Truth = Literal["same", "computed", "not computed"]


class Entry(Struct, gc=False):
    """One line of the ledger. Times are nanoseconds: world time since the epoch, real time of a monotonic clock."""

    number: int
    """Position in the ledger, from 1."""
    kind: Literal["call", "request", "act"]
    """A `tools/call`, another MCP request, or an act of the owner (reset, restore, clock, ...)."""
    actor: str
    server: str = ""
    tool: str = ""
    """The tool, the method, or the act."""
    arguments: Any = None
    arrival: int = 0
    """Arrival order among the episode's calls; of an act, how many had arrived before it."""
    effect: int = 0
    """Effect order: the step after which the world looked like `digest_after`; 0 when there was no effect."""
    told: Reply | None = None
    truth: Truth = "same"
    truth_note: str = ""
    true_reply: Reply | None = None
    rules: tuple[Any, ...] = ()
    """Which fault rules matched, drew, fired, were suppressed."""
    changes: Sequence[Change] = ()
    digest_before: bytes = b""
    digest_after: bytes = b""
    arrived_ns: int = 0
    told_ns: int = 0
    real_ns: int = 0
    """Real nanoseconds from arrival to reply."""
    version: str = ""
    delivered: str = "ok"
    """`ok`, or what became of the answer: `gone` (the client left first), `fin`, `rst`, `exit`, or `lost` (with the
    answer of another call in the same batch)."""
    notes: dict[str, Any] = {}

    def to_json(self) -> dict[str, Any]:
        """The form that sinks, the admin API and trajectories show (unmasked: see `Ledger.shown`)."""
        return {
            "number": self.number,
            "kind": self.kind,
            "actor": self.actor,
            "server": self.server,
            "tool": self.tool,
            "arguments": self.arguments,
            "arrival": self.arrival,
            "effect": self.effect,
            "told": self.told.to_json() if self.told else None,
            "truth": self.truth if not self.truth_note else f"{self.truth}: {self.truth_note}",
            "true_reply": self.true_reply.to_json() if self.true_reply else None,
            "rules": list(self.rules),
            "changes": [change.to_json() for change in self.changes],
            "digest_before": self.digest_before.hex(),
            "digest_after": self.digest_after.hex(),
            "arrived": show_time(self.arrived_ns),
            "told_at": show_time(self.told_ns),
            "real_ms": round(self.real_ns / 1e6, 3),
            "version": self.version,
            "delivered": self.delivered,
            "notes": self.notes,
        }


class Sink(Protocol):
    """Where entries go, synchronously, before the reply leaves."""

    def write(self, entry: Entry) -> None:
        """Keep one entry."""
        ...


@dataclass(slots=True)
class Ledger:
    """The entries of one episode, in memory, and the sinks they also go to."""

    entries: list[Entry] = field(default_factory=list)
    sinks: tuple[Sink, ...] = ()
    watchers: set[Callable[[Entry], None]] = field(default_factory=set)
    """Called after the sinks with each entry; they must not block."""
    secrets: tuple[str, ...] = ()

    def write(self, entry: Entry) -> None:
        """Append an entry, give it to every sink, then tell the watchers."""
        self.entries.append(entry)
        for sink in self.sinks:
            sink.write(entry)
        for watcher in tuple(self.watchers):
            watcher(entry)

    def delivered(self, entry: Entry, how: str) -> None:
        """Note that a recorded answer did not simply arrive: in the entry, and durably as an act of the server."""
        entry.delivered = how
        entry.rules = tuple({**rule, "ends_at": "client"} if "ends_at" in rule else rule for rule in entry.rules)
        self.write(
            Entry(
                self.next_number, "act", "server", entry.server, "delivery", {"entry": entry.number, "how": how},
                effect=entry.effect, digest_before=entry.digest_after, digest_after=entry.digest_after,
                arrived_ns=entry.told_ns, told_ns=entry.told_ns, delivered=how,
            )
        )  # fmt: skip

    @property
    def next_number(self) -> int:
        """The number of the next entry."""
        return len(self.entries) + 1

    def shown(self, entry: Entry) -> dict[str, Any]:
        """An entry as JSON with every credential of the episode masked."""
        masked: dict[str, Any] = mask(entry.to_json(), self.secrets)
        return masked


def mask(value: Any, secrets: Sequence[str]) -> Any:
    """The value with every occurrence of a secret replaced by `***`, in keys and texts at any depth."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "***")
        return value
    if isinstance(value, list | tuple):
        return [mask(item, secrets) for item in value]
    if isinstance(value, dict):
        return {mask(key, secrets): mask(item, secrets) for key, item in value.items()}
    return value
