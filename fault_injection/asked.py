"""What rules may know of a call: its canonical names and arguments, never a transport's details."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from fault_injection.method import CALL
from fault_injection.question import Looked
from worlds.chance import Identity
from worlds.digest import content_hash

_LETTERS_MAX: Final = 60

Transport = Literal["http", "stdio"]
"""How a call came; one that was made inside of this process counts as if it had come over HTTP."""
EVERYWHERE: Final[frozenset[Transport]] = frozenset(("http", "stdio"))
Works = Literal["read", "write", ""]
"""What a call does as far as its server can tell: it reads, it writes, or nobody knows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as it arrived."""

    server: str
    tool: str
    """The name before any renaming."""
    arguments: Any = field(default_factory=dict)
    operation: bytes = b"{}"
    """The arguments that tell one operation from another, in canonical JSON."""
    transport: Transport = "http"
    works: Works = ""
    now_ns: int = 0
    began_ns: int = 0
    """The first reading of the episode's clock: what windows count from."""
    actor: str = "agent"
    method: str = CALL
    """The request's method; what is no call has no tool."""
    looked: Mapping[str, Looked] = field(default_factory=dict)
    """What was found of the world's state, by the keys of the questions that rules ask."""
    is_start: bool = False
    """Whether it is no call but the start of the server's process, which has no tool."""

    @property
    def name(self) -> str:
        """The canonical tool, `server.tool`; of another request `server:method`, of a start the server alone."""
        if self.method != CALL:
            return f"{self.server}:{self.method}"
        return self.server if self.is_start else f"{self.server}.{self.tool}"

    @property
    def key(self) -> str:
        """The operation as it stands in names of counters; a long one by its hash."""
        short = len(self.operation) <= _LETTERS_MAX
        return f"{self.name}|{self.operation.decode() if short else content_hash(self.operation).hex()}"

    def identity(self, attempt: int) -> Identity:
        """Who draws."""
        return Identity(self.name, self.operation, attempt)
