"""What an agent asks (a Call) and what it is told (a Reply), as data between transport and tools.

Nobody changes either; `Final` says so to the type checker, because frozen dataclasses are slow to make and calls are
made all the time. A reply stays in the ledger and is never part of a cycle: no garbage collector need look at it.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from sandbox_server.web import WebRequest

Era = Literal["handshake", "modern"]
"""Protocol generation: 2024-11-05 to 2025-11-25 with a handshake, or 2026-07-28 without."""


@dataclass(slots=True, unsafe_hash=True)
class Call:
    """One `tools/call` as it was sent: nothing is validated yet."""

    server: Final[str]
    tool: Final[str]
    arguments: Final[Any]
    actor: Final[str] = "agent"
    number: Final[int] = 0
    """Arrival order within the episode, from 1."""
    era: Final[Era] = "handshake"
    version: Final[str] = "2025-11-25"
    request_id: Final[Any] = None
    meta: Final[Any] = None
    transport: Final[Literal["http", "stdio"]] = "http"
    """How it came; calls made inside of this process count as if they had come over HTTP."""
    web: Final["WebRequest | None"] = None
    """The plain HTTP request that it was, where it was no `tools/call`; tool and arguments then say the same."""
    method: Final[str] = "tools/call"
    """The request; what rules are asked about under another method calls no tool."""


@dataclass(frozen=True, slots=True)
class RpcError:
    """A JSON-RPC error. `data` is left out of the message when it is `ABSENT`."""

    code: int
    message: str
    data: Any = field(default_factory=lambda: ABSENT)


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()


class Reply(Struct, frozen=True, gc=False):
    """What the agent is told: a result (keys in wire order, sent as they are) or a JSON-RPC error."""

    result: dict[str, Any] | None = None
    error: RpcError | None = None

    @property
    def failed(self) -> bool:
        """Whether the answer announces a failure (an `isError` result or a JSON-RPC error)."""
        result = self.result
        return self.error is not None or bool(result and result.get("isError"))

    @classmethod
    def refused(cls, code: int, message: str, data: Any = ABSENT) -> "Reply":
        """A JSON-RPC error."""
        return cls(error=RpcError(code, message, data))

    def to_json(self) -> dict[str, Any]:
        """The form that the ledger keeps."""
        if self.error is None:
            return {"result": self.result}
        data = {} if self.error.data is ABSENT else {"data": self.error.data}
        return {"error": {"code": self.error.code, "message": self.error.message, **data}}
