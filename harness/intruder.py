"""The contract of an intruder: how the panel of `check` reads and damages servers of one kind. One file per kind."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox_server.family import Server
from worlds.part import Part
from worlds.registry import Registry

READS_MAX = 400
"""Calls by which one server is read at most."""


@dataclass(frozen=True, slots=True)
class Try:
    """One way to do something: a call of a tool, or an operation on the part where tools cannot do it."""

    server: str
    name: str
    """The tool, or the operation."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    by_tool: bool = True
    if_harmless: bool = False
    """Only where a trial on a copy of the world changes nothing: of a tool whose name alone is known."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that a vandal would do; the first try that changes anything is enough."""

    words: str
    """What is damaged, e.g. `a row of shop.books changed`."""
    tries: Sequence[Try]


@dataclass(frozen=True, slots=True)
class Grounds:
    """One server of a world, and what the reference solution touches there."""

    server: str
    part: Part
    tools: frozenset[str]
    touched: Callable[[str], bool]
    """Whether the reference touches the thing of a path."""
    shown: Server
    """The server as agents see it."""


class Intruder(Protocol):
    """Knows its way around servers of one kind."""

    def reads(self, grounds: Grounds) -> Iterable[Try]:
        """Calls that read everything there is, as far as tools let one."""
        ...

    def damages(self, grounds: Grounds) -> Iterable[Damage]:
        """A few things to damage that the reference leaves alone, the likeliest first."""
        ...


intruders: Registry[Intruder] = Registry("soundstage.intruders", "harness.intruders")
"""Kinds of servers to those who know their way around them."""
