"""The conversation: messages in their order, whether it is still open, and up to where the agent was shown it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic import ValidationError

from worlds.clock import parse_time, show_time
from worlds.complaints import complaint_of
from worlds.errors import WorldError, WrongChange
from worlds.part import Ground, Moment
from worlds.parts.user.settings import EarlierMessage, UserSettings
from worlds.records.merging import listed
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
        Column("closed_at", "TIMESTAMP"), Column("closed_by"),
    ),
}  # fmt: skip


class Conversation(RecordsPart):
    """One conversation between the agent and one person."""

    kind: ClassVar[str] = "user"
    more_operations: ClassVar[Sequence[str]] = ("say", "close")
    __slots__ = ()

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> Any:
        """`say` {author, text} appends a message, `close` {by} ends the conversation; others change records.

        Raises WorldError for an unknown operation or author, an empty text, and a conversation that is closed.
        """
        if operation == "say":
            return self.say(str(arguments.get("author", "user")), arguments.get("text"), moment.now_ns)
        if operation == "close":
            return self.close_at(str(arguments.get("by")), moment.now_ns)
        return super().perform(operation, arguments, moment)

    def merge(self, changes: Mapping[str, Any], moment: Moment) -> None:
        """Messages as in world files are appended, `participant` is another name for the person; what is named by its
        key is changed. Raises WrongChange."""
        rest = dict(changes)
        if isinstance(changes.get("participant"), str):
            self.records.put("conversations", CONVERSATION, {**self.about, "participant": rest.pop("participant")})
        if isinstance(changes.get("messages"), list):
            for place, message in listed("messages", rest.pop("messages")):
                self._append_written(message, moment.now_ns, place)
        super().merge(rest, moment)

    def _append_written(self, message: Record, now_ns: int, place: tuple[str | int, ...]) -> None:
        try:
            written = EarlierMessage.model_validate(dict(message))
        except ValidationError as error:
            raise WrongChange(f"messages: {complaint_of(error, EarlierMessage)}", place) from None
        self.say(written.author, written.text, parse_time(written.at) if written.at else now_ns)

    def say(self, author: str, text: Any, now_ns: int) -> str:
        """Append a message and return its id. Raises WorldError."""
        _refuse_stranger("author", author)
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

    def close_at(self, author: str, now_ns: int) -> str:
        """End the conversation in somebody's name; ending it twice is fine. Raises WorldError."""
        _refuse_stranger("by", author)
        if not self.is_closed:
            closed = {**self.about, "status": "closed", "closed_at": show_time(now_ns), "closed_by": author}
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


def _refuse_stranger(key: str, author: str) -> None:
    if author not in AUTHORS:
        raise WorldError(f"{key}: {author!r} is not one of: {', '.join(AUTHORS)}")


def first_messages(settings: UserSettings, ground: Ground) -> Records:
    """The records of a conversation in its first state."""
    opened = show_time(ground.now_ns)
    about: Record = {"participant": settings.participant, "status": "open", "opened_at": opened}
    rows = [_earlier(number, settings, ground) for number in range(len(settings.messages))]
    return Records(
        _TABLES, {"conversations": [(CONVERSATION, {**about, "closed_at": None, "closed_by": None})], "messages": rows}
    )


def _earlier(place: int, settings: UserSettings, ground: Ground) -> tuple[str, Record]:
    written, number = settings.messages[place], FIRST_NUMBER + place
    at_ns = parse_time(written.at) if written.at else ground.now_ns
    return f"msg_{number}", {
        "number": number, "author": written.author, "text": written.text, "sent_at": show_time(at_ns)
    }  # fmt: skip
