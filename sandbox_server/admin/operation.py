"""One operation of the admin API: its route, what it takes, what it answers, and the function that does it."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from sandbox_server.admin import resources
from sandbox_server.admin.model import Nothing

if TYPE_CHECKING:
    from sandbox_server.admin.control import Control
    from sandbox_server.episode import Episode

Verb = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
JSON = "application/json"
BODY_BYTES_MAX = 8 << 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose parts are checked: `body` and `query` are of the operation's models."""

    request: Request
    control: "Control"
    path: Mapping[str, str]
    body: Any = None
    query: Any = None
    content: bytes = b""
    """The body as it came, where the operation takes more than JSON."""

    @property
    def episode(self) -> "Episode":
        """The episode that the path names. Raises NotFound."""
        return self.control.stage.episode(self.path["id"])

    def accepts(self, media: str) -> bool:
        """Whether the client asks for this media type by name."""
        return media in self.request.headers.get("accept", "")


Handler = Callable[[Asked], Awaitable[BaseModel | Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """What the router and the OpenAPI document know of one operation."""

    verb: Verb
    path: str
    """Below `/admin/v1`, with parameters in braces; `{path:path}` takes slashes."""
    handler: Handler
    answer: type[BaseModel] | None
    """The JSON answer's model; None where there is only `media`."""
    status: int = 200
    body: type[BaseModel] | None = None
    query: type[BaseModel] = Nothing
    media: Mapping[str, str] = field(default_factory=dict)
    """Other media types that it answers, with a description of each."""
    takes: Mapping[str, str] = field(default_factory=dict)
    """Other media types that it takes, with a description of each."""
    refusals: tuple[int, ...] = ()
    """Statuses of problems beside those that every operation may answer."""
    body_bytes_max: int = BODY_BYTES_MAX

    @property
    def name(self) -> str:
        """The operation's id: its function's name."""
        return self.handler.__name__

    @property
    def summary(self) -> str:
        """The first sentence of its documentation."""
        return (self.handler.__doc__ or "").partition("\n")[0].strip()

    @property
    def tag(self) -> str:
        """The resource group: its module's name."""
        return self.handler.__module__.rpartition(".")[2]


def operation(verb: Verb, path: str, *, answer: type[BaseModel] | None, **more: Any) -> Callable[[Handler], Operation]:
    """Decorator: make an operation of the function that does it."""

    def keep(handler: Handler) -> Operation:
        return Operation(verb, path, handler, answer, **more)

    return keep


def all_operations() -> list[Operation]:
    """Every operation of every file of `resources/`, in the order of files and definitions."""
    return [found for module in sorted(_modules()) for found in _operations(module)]


def _modules() -> Iterator[str]:
    return (f"{resources.__name__}.{module.name}" for module in pkgutil.iter_modules(resources.__path__))


def _operations(module: str) -> list[Operation]:
    items = vars(importlib.import_module(module)).values()
    return [item for item in items if isinstance(item, Operation)]
