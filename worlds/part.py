"""The contract of a part: any piece of what exists. One file (or folder) per kind in `worlds/parts/`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from pydantic import BaseModel, ConfigDict

from worlds.agenda import Wish
from worlds.blobs import Blobs
from worlds.chance import Chance
from worlds.changes import Actor, Change
from worlds.registry import Registry


class Settings(BaseModel):
    """What a person writes about one part or server: frozen, unknown keys refused, every field described."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a part may use while it is built: the folder its settings are relative to, chance, and the first time."""

    folder: Path
    chance: Chance
    now_ns: int
    doubts: "list[Doubt]" = field(default_factory=list)
    """What the part finds odd about its settings, for whoever builds the world."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something in a part's settings that is probably not meant so; the part is built all the same."""

    message: str
    path: tuple[str | int, ...] = ()
    """Where in the settings; empty where the message names the place in another file."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When and by whom a part's operation is performed."""

    now_ns: int
    actor: Actor
    chance: Chance
    later: list[Wish] = field(default_factory=list)
    """What the operation wants to happen later; its performer hands it to `World.schedule`."""


@runtime_checkable
class Part(Protocol):
    """A piece of what exists. A part is a mutable face over persistent state; see each method for its promise."""

    kind: ClassVar[str]

    def fork(self) -> Self:
        """An independent copy in O(1) or O(what changed since the base), never O(size); both stay usable.

        What is not settled yet belongs to neither copy: callers fork between effects.
        """
        ...

    def adopt(self, other: Self) -> None:
        """Become an independent copy of `other` (a fork, a snapshot, a load) while keeping this object's identity."""
        ...

    def same(self, older: Self) -> bool:
        """Whether nothing at all, settled or not, content or marks, happened since the fork `older`. O(1); False is
        always a safe answer."""
        ...

    def settle(self, actor: Actor) -> Sequence[Change]:
        """End an effect: bring digests up to date, blame `actor` for what was touched, and return the net changes
        since the last settle, with paths local to the part. Costs O(what was touched)."""
        ...

    def digest(self) -> bytes:
        """32 bytes over the content, as of the last settle: equal content gives equal digests anywhere."""
        ...

    def marks_digest(self) -> bytes:
        """32 bytes over what can be observed but is not content (modification times, sequence positions, ...)."""
        ...

    def recomputed(self) -> tuple[bytes, bytes]:
        """(digest, marks digest) computed from nothing, in O(size): the witness of the running ones."""
        ...

    def diff(self, older: Self) -> Sequence[Change]:
        """Net changes from `older` to this, in path order, with actors where both share a base."""
        ...

    def dump(self, blobs: Blobs) -> dict[str, Any]:
        """A JSON-like manifest whose bytes lie in `blobs`: the base by its hash, and the delta."""
        ...

    @classmethod
    def load(cls, manifest: Mapping[str, Any], blobs: Blobs) -> Self:
        """The part that `dump` described. Raises ArchiveError, never returns a half-loaded part."""
        ...

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> Any:
        """Do one named operation given as data, as the agenda and world changes need. Raises WorldError for an
        unknown operation (naming the known ones) or bad arguments."""
        ...

    def close(self) -> None:
        """Give back connections, workers and files; the part is not used afterwards."""
        ...


@runtime_checkable
class Bound(Protocol):
    """A part that stands for something outside, whose state nobody here can copy or put back."""

    @property
    def bound(self) -> str:
        """Why."""
        ...


@runtime_checkable
class Interruptible(Protocol):
    """A part whose operations may take long in another process."""

    def interrupt(self) -> None:
        """End the operation in progress, if there is one, as if its process had been killed. Called from any thread;
        may block shortly."""
        ...


@runtime_checkable
class Warming(Protocol):
    """A part whose first operation in another process would wait for that to start."""

    def warm(self) -> None:
        """Have such a process started, unless there is one. Called from any thread, as often as one likes."""
        ...


@runtime_checkable
class Extensive(Protocol):
    """A part of which one operation may touch very much, as when a whole folder is moved."""

    def is_much(self) -> bool:
        """Whether settling what was touched takes long; it is then done in a thread."""
        ...


@runtime_checkable
class Mergeable(Protocol):
    """A part whose first state scenarios may change."""

    def merge(self, changes: Mapping[str, Any], moment: Moment) -> None:
        """Change what is named and add what is new: files by path, rows and records by table and key.

        Raises WrongChange with the place of what is wrong, and what would be accepted.
        """
        ...


class Builder(Protocol):
    """How a server's entry in a world file becomes a part; the class attribute `Settings` is what it accepts."""

    Settings: ClassVar[type[Settings]]

    def build(self, settings: Any, ground: Ground) -> Part:
        """The part in its first state. Raises WorldError with what is wrong and what would be accepted."""
        ...

    def load(self, manifest: Mapping[str, Any], blobs: Blobs) -> Part:
        """The part that a snapshot holds."""
        ...


@runtime_checkable
class Coded(Protocol):
    """A builder whose parts run code of the world's author, which no dump holds."""

    def code_of(self, part: Any) -> Path | None:
        """The Python file that a part runs, if there is one."""
        ...

    def located(self, manifest: Mapping[str, Any], code: Path) -> dict[str, Any]:
        """The manifest of a part whose code lies in that file now."""
        ...


part_kinds: Registry[Builder] = Registry("soundstage.parts", "worlds.parts")
"""Server kinds of world files (`filesystem`, `sql`, ...) to the builders of their parts."""


def ordered(changes: Iterable[Change]) -> list[Change]:
    """Changes in path order."""
    return sorted(changes, key=lambda change: change.path)
