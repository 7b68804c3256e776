"""The conversation: messages in their order, whether it is still open, and up to where the agent was shown it."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from worlds.clock import parse_time, show_time
from worlds.errors import WorldError
from worlds.part import Ground, Moment
from worlds.parts.user.settings import UserSettings
from worlds.records.part import RecordsPart
from worlds.records.records import Records
from worlds.records.table import Record, Table
from worlds.relation import Column

AUTHORS: Final = ("agent", "user")
FIRST_NUMBER: Final = 1001
TEXT_MAX: Final = 100_000
"""Characters of one message; a chat takes no more."""
CONVERSATION: Final = f"conv_{FIRST_NUMBER}"
_TABLES: Final = (Table("messages"), Table("conversations"), Table("shown", hidden=True))
_COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    "messages": (
        Column("id"), Column("number", "BIGINT"), Column("author"), Column("text"), Column("sent_at", "TIMESTAMP")
    ),
    "conversations": (
        Column("id"), Column("participant"), Column("status"), Column("opened_at", "TIMESTAMP"),
        Column("closed_at", "TIMESTAMP"),
    ),
}  # fmt: skip


class Conversation(RecordsPart):
    """One conversation between the agent and one person."""

    kind: ClassVar[str] = "user"
    __slots__ = ()

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> Any:
        """`say` {author, text} appends a message, `close` ends the conversation; the others change records as such.

        Raises WorldError for an unknown operation or author, an empty text, and a conversation that is closed.
        """
        if operation == "say":
            return self.say(str(arguments.get("author", "user")), arguments.get("text"), moment.now_ns)
        if operation == "close":
            return self.close_at(moment.now_ns)
        try:
            return super().perform(operation, arguments, moment)
        except WorldError as error:
            if not (error.hint or "").startswith("one of: "):
                raise
            raise WorldError(error.message, hint=f"{error.hint}, say, close") from None

    def say(self, author: str, text: Any, now_ns: int) -> str:
        """Append a message and return its id. Raises WorldError."""
        if author not in AUTHORS:
            raise WorldError(f"author: {author!r} is not one of: {', '.join(AUTHORS)}")
        if not isinstance(text, str) or not text.strip():
            raise WorldError("a message needs a text")
        if len(text) > TEXT_MAX:
            raise WorldError(f"a message has at most {TEXT_MAX} characters")
        if self.is_closed:
            raise WorldError("the conversation is closed")
        number = self.records.count_up("message", max(FIRST_NUMBER, self.latest + 1))
        return self._append(number, author, text, now_ns)

    def _append(self, number: int, author: str, text: str, at_ns: int) -> str:
        record = {"number": number, "author": author, "text": text, "sent_at": show_time(at_ns)}
        self.records.put("messages", f"msg_{number}", record)
        return f"msg_{number}"

    def close_at(self, now_ns: int) -> str:
        """End the conversation; ending it twice is fine."""
        if not self.is_closed:
            closed = {**self.about, "status": "closed", "closed_at": show_time(now_ns)}
            self.records.put("conversations", CONVERSATION, closed)
        return CONVERSATION

    @property
    def about(self) -> Record:
        """The conversation itself: participant, status, times."""
        return self.records.get("conversations", CONVERSATION) or {"status": "closed"}

    @property
    def is_closed(self) -> bool:
        """Whether nobody reads what is written here any more."""
        return bool(self.about["status"] == "closed")

    def messages(self, *, after: int = 0) -> list[dict[str, Any]]:
        """The messages with a number above `after`, in their order, each with its id. Costs what is returned."""
        found = []
        for key in self.records.keys("messages", newest_first=True):
            record = self.records.get("messages", key) or {}
            if record.get("number", 0) <= after:
                break
            found.append({"id": key, **record})
        return found[::-1]

    @property
    def latest(self) -> int:
        """The number of the newest message; 0 where there is none."""
        newest = next(self.records.keys("messages", newest_first=True), None)
        return int((self.records.get("messages", newest) or {}).get("number", 0)) if newest else 0

    @property
    def shown(self) -> int:
        """The number of the newest message that the agent was shown, or wrote itself."""
        return int((self.records.get("shown", "agent") or {}).get("number", 0))

    def show_up_to(self, number: int) -> None:
        """Note that the agent knows everything up to a message."""
        if number > self.shown:
            self.records.put("shown", "agent", {"number": number})

    def columns(self, table: str) -> tuple[Column, ...]:
        """The columns of a table."""
        return _COLUMNS.get(table) or super().columns(table)


def first_messages(settings: UserSettings, ground: Ground) -> Records:
    """The records of a conversation in its first state."""
    opened = show_time(ground.now_ns)
    about = {"participant": settings.participant, "status": "open", "opened_at": opened, "closed_at": None}
    rows = [_earlier(number, settings, ground) for number in range(len(settings.messages))]
    return Records(_TABLES, {"conversations": [(CONVERSATION, about)], "messages": rows})


def _earlier(place: int, settings: UserSettings, ground: Ground) -> tuple[str, Record]:
    written, number = settings.messages[place], FIRST_NUMBER + place
    at_ns = parse_time(written.at) if written.at else ground.now_ns
    return f"msg_{number}", {
        "number": number, "author": written.author, "text": written.text, "sent_at": show_time(at_ns)
    }  # fmt: skip
