"""What goes into a service and what comes out of it, whatever carried it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


class Absent:
    """The type of `ABSENT`: no body at all, which is something else than the body `null`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a service."""

    method: str
    """In capitals."""
    path: str
    """Without the query and below the service's base path, percent-encoded as it came."""
    query: tuple[tuple[str, str], ...] = ()
    """Names and values, decoded, in the order in which they came."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name. The credential of the episode is not among them; that of the service is."""
    body: Any = ABSENT
    """A JSON value, or a form as a mapping. ABSENT: none. A `Malformed` where it could not be read."""
    base: str = ""
    """What stands before the path in URLs that answers show; the agents' HTTP door puts its own there as they leave."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A body that is not what its content type says."""

    reason: str


@dataclass(frozen=True, slots=True)
class Response:
    """What a service answers."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    """As the service spells them, without Content-Length and Date, which belong to whoever carries it."""
    body: Any = ABSENT
    """A JSON value; a text where Content-Type is not JSON; ABSENT: none."""
    operation: str = ""
    """The id of the operation that answered; empty where no operation fits the request."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the ledger keeps beside the answer and no agent is shown: broken invariants, code that failed."""

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)

    @property
    def ok(self) -> bool:
        """Whether the status says that it worked."""
        return self.status < 400
