"""The built-in services in worlds of their own, and keys to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from worlds.chance import Chance
from worlds.clock import SECOND
from worlds.part import Moment
from worlds.parts.api.exchange import ABSENT, Request, Response
from worlds.parts.api.part import ApiPart
from worlds.world import World
from worlds.worldfile import WorldPlan, plan_world
from worlds.yamlfile import Document

SERVICES: Final = ("orders", "payments", "tickets")
Headers = Mapping[str, str]
KEYS: Final[Mapping[str, Headers]] = {
    "payments": {"authorization": "Bearer sk_live_51Lm9qWvT2xRbK7n"},
    "tickets": {"authorization": "Bearer tkt_1kTd9MeJ3uGaVw7BqZy5"},
    "orders": {"x-api-key": "ok_live_4VxN8rTqGz2JmYw"},
}
"""Those that may do everything."""
RESTRICTED: Final[Mapping[str, Headers]] = {
    "payments": {"authorization": "Bearer rk_live_51Lm9sD4hYc0PzU3"},
    "tickets": {"authorization": "Bearer tkt_8rPf2SxH6oLcUn0DiKm3"},
    "orders": {"x-api-key": "ok_live_2AqZ6vXyMi5TnOj"},
}


def planned(name: str, **more: Any) -> WorldPlan:
    """A world with one service and a mailbox; `more` are further settings of the service."""
    mail = {"kind": "mail", "account": "Desk <desk@larkspur.test>"}
    servers = {name: {"kind": "api", "service": name, **more}, "inbox": mail}
    data = {"soundstage": 1, "world": name, "clock": "2026-03-02T09:00:00Z", "servers": servers}
    return plan_world(Document("<test>", data), Path())


@dataclass
class Client:
    """Calls one service of a world, each call an effect of its own."""

    name: str
    world: World
    headers: Headers
    count: int = 0
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def part(self) -> ApiPart:
        part = self.world.parts[self.name]
        assert isinstance(part, ApiPart)
        return part

    def __call__(self, method: str, path: str, body: Any = ABSENT, **headers: str) -> Response:
        """One request; `If_Match` becomes If-Match."""
        self.count += 1
        path, _, query = path.partition("?")
        pairs = tuple((name, value) for name, _, value in (each.partition("=") for each in query.split("&") if each))
        given = {**self.headers, **{key.lower().replace("_", "-"): value for key, value in headers.items()}}
        with self.world.effect("agent"):
            moment = self.moment()
            response = self.part.answer(Request(method, path, pairs, given, body), moment)
            self.world.schedule(moment.later, self.name)
        self.notes = response.notes
        return response

    def moment(self) -> Moment:
        """Now, with chance of its own for each call."""
        return Moment(self.world.clock.now_ns, "agent", Chance(self.count))

    def wait(self, seconds: int) -> None:
        """Let time pass, and what is due happen."""
        self.world.clock.advance(seconds * SECOND)
        with self.world.effect("agent"):
            pass

    def mails(self) -> list[Mapping[str, Any]]:
        """What came to the mailbox."""
        records: Any = self.world.parts["inbox"].records  # type: ignore[attr-defined]
        return [records.get("messages", key) for key in records.keys("messages")]

    def broken(self) -> list[str]:
        """Invariants that do not hold."""
        return self.part.broken_invariants(self.moment())


def client(name: str, headers: Headers | None = None, **more: Any) -> Client:
    """A new world with a service, and a client of it."""
    return Client(name, planned(name, **more).build(1), KEYS[name] if headers is None else headers)
