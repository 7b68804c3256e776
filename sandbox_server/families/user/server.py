"""The chat connector: what is written is in the conversation at once; the call then waits for the reply."""

from collections.abc import Mapping
from typing import Any, Final, cast

import orjson

from sandbox_server.call import Call, Reply
from sandbox_server.episode import Episode
from sandbox_server.families.user.tools import READ_MAX, SEND, chat_surface
from sandbox_server.family import Site
from sandbox_server.turns import Pending
from worlds.clock import SECOND
from worlds.companion import Companion
from worlds.errors import WorldError
from worlds.parts.user import Conversation
from worlds.parts.user.conversation import CONVERSATION

HEARD: Final = "heard"
"""The note in which the ledger keeps what a call was replied: a replay hands it in and waits for nobody."""
_SHOWN: Final = ("id", "author", "text", "sent_at")


class ChatServer:
    """One conversation behind two tools."""

    def __init__(self, name: str, reply_timeout: float) -> None:
        self.name = name
        self.surface = chat_surface()
        self.timeout_ns = round(reply_timeout * SECOND)

    def companions(self) -> Mapping[str, Companion]:
        """The connector remembers nothing."""
        return {}

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """Append a message or show some; what the chat refuses is an `isError` result."""
        try:
            return self._send(call, arguments, site) if call.tool == SEND else self._read(arguments, site)
        except WorldError as error:
            return self.surface.fingerprint.failure(f"Error calling tool {call.tool!r}: {error.message}")

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        """There is nothing but tools."""
        return None

    def identity_arguments(self, tool: str, arguments: Any) -> Any:
        """Nothing: two messages differ by their attempt, however they are worded."""
        return {}

    def _send(self, call: Call, arguments: Mapping[str, Any], site: Site) -> Reply:
        chat = cast("Conversation", site.part)
        unseen = [each for each in chat.messages(after=chat.shown) if each["author"] == "user"]
        key = chat.say("agent", arguments["text"], site.now_ns)
        chat.show_up_to(chat.latest)
        sent = _Sent(self, key, chat.latest, arguments["text"], unseen, site.notes)
        site.then = sent.heard
        return sent.told([], closed=False)

    def _read(self, arguments: Mapping[str, Any], site: Site) -> Reply:
        chat, limit = cast("Conversation", site.part), arguments.get("limit", 50)
        if not 1 <= limit <= READ_MAX:
            raise WorldError(f"limit must be between 1 and {READ_MAX}")
        count = chat.records.count("messages")
        messages = chat.messages(after=chat.latest - limit)
        chat.show_up_to(chat.latest)
        about = chat.about
        return self.answer({
            "conversation_id": CONVERSATION, "participant": about["participant"], "status": about["status"],
            "messages": [_shown(each) for each in messages[-limit:]], "earlier_messages": count - len(messages),
        })  # fmt: skip

    def answer(self, value: Mapping[str, Any]) -> Reply:
        """A result as text and as structure."""
        return self.surface.fingerprint.text(orjson.dumps(value).decode(), dict(value))


class _Sent:
    """A message that was sent, and whose reply is waited for."""

    __slots__ = ("key", "notes", "number", "server", "text", "unseen")

    def __init__(
        self, server: ChatServer, key: str, number: int, text: str, unseen: list[dict[str, Any]], notes: dict[str, Any]
    ) -> None:
        self.server, self.key, self.number, self.text, self.unseen = server, key, number, text, unseen
        self.notes = notes

    async def heard(self, episode: Episode) -> Reply:
        """What is told once the person has answered, or has not within the time there is."""
        if HEARD not in self.notes:
            pending = Pending(self.server.name, self.key, self.text, episode.world.clock.now_ns, self.server.timeout_ns)
            await episode.turns.ask(episode, pending, self.notes)
            chat = cast("Conversation", episode.parked.parts[self.server.name])
            new = [each for each in chat.messages(after=self.number) if each["author"] == "user"]
            self.notes[HEARD] = {"replies": [_shown(each) for each in new], "closed": chat.is_closed}
        heard = self.notes[HEARD]
        return self.told(heard["replies"], closed=heard["closed"])

    def told(self, replies: list[dict[str, Any]], *, closed: bool) -> Reply:
        """The result: what had not been seen before, then the replies."""
        return self.server.answer({
            "message_id": self.key,
            "status": "closed" if closed else "open",
            "replies": [*(_shown(each) for each in self.unseen), *replies],
        })  # fmt: skip


def _shown(message: Mapping[str, Any]) -> dict[str, Any]:
    return {key: message[key] for key in _SHOWN}
