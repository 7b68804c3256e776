"""Plain HTTP requests to a service, and the contract of servers that answer them beside their tools."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from sandbox_server.call import Reply

NOTE: Final = "http"
"""The note in which a ledger keeps the request of a call that came this way."""
VERSION: Final = "HTTP/1.1"
"""What stands for the version of the protocol in calls that came this way."""
BROKEN: Final = '{"message":"Internal Server Error"}'
"""The body that is answered for a service that broke."""
BROKEN_HEADERS: Final = (("content-type", "application/json"),)


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One request, as the ledger keeps it and a replay makes it again."""

    method: str
    target: str
    """Path below the service's URL and query, percent-encoded as they came."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name, without those that only concern the connection or lead to the episode."""
    body: bytes = b""
    too_large: bool = False
    """Whether the body was not read because of its size."""

    def to_json(self) -> dict[str, Any]:
        """The form that ledgers and trajectories keep."""
        told: dict[str, Any] = {"method": self.method, "target": self.target, "headers": dict(self.headers)}
        if self.too_large:
            return {**told, "too_large": True}
        try:
            return {**told, "body": self.body.decode()} if self.body else told
        except UnicodeDecodeError:
            return {**told, "base64": b64encode(self.body).decode()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "WebRequest":
        """The request that `to_json` described."""
        body = b64decode(told["base64"]) if "base64" in told else str(told.get("body", "")).encode()
        return cls(told["method"], told["target"], told["headers"], body, bool(told.get("too_large")))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request means: the tool that does the same, and the arguments it would be given."""

    tool: str
    arguments: dict[str, Any]


@runtime_checkable
class WebServer(Protocol):
    """A server that can also be asked by plain HTTP; its `call` finds the request in `Call.web`."""

    def asked(self, request: WebRequest) -> Asked:
        """Which tool does the same. What no tool does is named by its method and path."""
        ...

    def key_of(self, actor: str) -> str:
        """The service's own key for an actor, empty where none is needed."""
        ...

    def addresses_of(self, tool: str) -> tuple[str, ...]:
        """The fields, dotted where they are inside of others, in which bodies of a tool show URLs of the service."""
        ...


def is_web(server: Any) -> bool:
    """Whether a server, if there is one, can be asked by plain HTTP; quicker than looking at its type."""
    return hasattr(server, "asked") and hasattr(server, "key_of")


@dataclass(frozen=True, slots=True)
class Service:
    """Where an actor reaches a service by plain HTTP, and the key to send with requests."""

    url: str
    key: str = ""

    def to_json(self) -> dict[str, str]:
        """The form in which owners and agents are told."""
        return {"url": self.url, **({"key": self.key} if self.key else {})}


def services_of(servers: Mapping[str, Any], base: str, token: str, actor: str = "agent") -> dict[str, Service]:
    """The services among some servers, by name, as one credential reaches them below the listener's URL."""
    return {
        name: Service(f"{base}/{token}/{name}/api", server.key_of(actor))
        for name, server in servers.items()
        if is_web(server)
    }


def web_reply(status: int, headers: tuple[tuple[str, str], ...] = (), text: str | None = None) -> Reply:
    """An answer over HTTP in the shape in which hooks, ledgers and checks know answers."""
    content = [] if text is None else [{"type": "text", "text": text}]
    told = [list(pair) for pair in headers]
    return Reply({"status": status, "headers": told, "content": content, "isError": status >= 400})
