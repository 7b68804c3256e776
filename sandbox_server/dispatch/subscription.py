"""A wish to be told of changes (`subscriptions/listen`, 2026-07-28): which ones, and under which mark."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox_server.connection import Connection, Message
from sandbox_server.dispatch.messages import params_of

META_KEY: Final = "io.modelcontextprotocol/subscriptionId"
_FLAGS: Final = {
    "notifications/tools/list_changed": "toolsListChanged",
    "notifications/prompts/list_changed": "promptsListChanged",
    "notifications/resources/list_changed": "resourcesListChanged",
}
_UPDATED: Final = "notifications/resources/updated"


def is_change(message: Message) -> bool:
    """Whether a notification tells of a change, which at 2026-07-28 only subscribers are told."""
    return message["method"] in _FLAGS or message["method"] == _UPDATED


def unasked(message: Message) -> Message | None:
    """What a 2026-07-28 line is told without having subscribed: everything but changes."""
    return None if is_change(message) else message


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one `subscriptions/listen` request asked for."""

    id: Any
    """The request's id, which marks everything on its stream."""
    honored: Mapping[str, Any]

    @classmethod
    def wanted(cls, message: Message) -> "Subscription | None":
        """The wish in a request, or None when it cannot be read."""
        wish = params_of(message).get("notifications")
        if not isinstance(wish, dict):
            return None
        honored: dict[str, Any] = {flag: True for flag in _FLAGS.values() if wish.get(flag) is True}
        uris = wish.get("resourceSubscriptions")
        if isinstance(uris, list) and uris:
            honored["resourceSubscriptions"] = [uri for uri in uris if isinstance(uri, str)]
        return cls(message["id"], honored)

    @property
    def meta(self) -> dict[str, Any]:
        """The mark."""
        return {META_KEY: self.id}

    @property
    def acknowledgement(self) -> Message:
        """The first message of the stream: what will be told."""
        params = {"notifications": dict(self.honored), "_meta": self.meta}
        return {"method": "notifications/subscriptions/acknowledged", "params": params}

    def line(self, url: Connection) -> Connection:
        """A line that takes what was asked for, marked."""
        made = Connection(url.episode, url.server_name, url.actor)
        made.era = "modern"
        made.dress = self.dress
        return made

    def dress(self, message: Message) -> Message | None:
        """The notification with the mark, or None if it was not asked for."""
        params = message.get("params") or {}
        flag = _FLAGS.get(message["method"])
        if flag is None:
            told = message["method"] == _UPDATED and params.get("uri") in self.honored.get("resourceSubscriptions", ())
        else:
            told = flag in self.honored
        meta = {**params.get("_meta", {}), **self.meta}
        return {"method": message["method"], "params": {**params, "_meta": meta}} if told else None
