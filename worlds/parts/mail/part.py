"""Mailboxes of one server: what lies in them, and how mail travels between them. Nothing ever leaves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from worlds.blobs import Blobs
from worlds.part import Moment
from worlds.parts.mail.message import MESSAGES, as_row
from worlds.parts.mail.post import Post
from worlds.records import Record, Records, RecordsPart
from worlds.records.merging import carry_out, listed
from worlds.relation import Column

_COLUMNS: Final = (
    Column("id"),
    Column("mailbox"),
    Column("folder"),
    Column("thread"),
    Column("message_id"),
    Column("in_reply_to"),
    Column("sender"),
    Column("sender_name"),
    Column("recipient"),
    Column("cc"),
    Column("bcc"),
    Column("subject"),
    Column("body"),
    Column("date", "TIMESTAMP"),
    Column("read", "BOOLEAN"),
    Column("flagged", "BOOLEAN"),
    Column("attachments"),
)


class MailPart(RecordsPart):
    """One mail server."""

    kind: ClassVar[str] = "mail"
    more_operations: ClassVar[Sequence[str]] = ("deliver", "send_as")
    __slots__ = ("account", "bounces", "interrupted")

    def __init__(self, records: Records, account: str, bounces: tuple[str, ...] = ()) -> None:
        """`account`: whose mail the tools show, as `Name <address>` or an address; `bounces`: patterns of addresses."""
        super().__init__(records)
        self.account = account
        self.bounces = bounces
        self.interrupted = False

    def share(self, other: "MailPart") -> None:
        """Take over what never changes."""
        self.account, self.bounces, self.interrupted = other.account, other.bounces, False

    def interrupt(self) -> None:
        """Ask whoever searches in portions to give up."""
        self.interrupted = True

    def fixed(self, blobs: Blobs) -> dict[str, Any]:
        """Whose mail it is, and where none arrives."""
        return {"account": self.account, "bounces": list(self.bounces)}

    def take_fixed(self, manifest: Mapping[str, Any], blobs: Blobs) -> None:
        """Read what `fixed` wrote."""
        self.account, self.bounces, self.interrupted = manifest["account"], tuple(manifest["bounces"]), False

    def post(self, moment: Moment) -> Post:
        """What can be done with its mail now."""
        return Post(self.records, self.account, self.bounces, moment)

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> Any:
        """Do one named operation: what mail does of itself (`deliver`, `dispatch`), or a change of records.

        Raises WorldError for an unknown operation or bad arguments.
        """
        own = _OPERATIONS.get(operation)
        if own is None:
            return super().perform(operation, arguments, moment)
        with self.records.whole_or_nothing():
            return own(self.post(moment), arguments)

    def merge(self, changes: Mapping[str, Any], moment: Moment) -> None:
        """Messages as in world files are laid down; people, contacts and whatever is named by its key are changed or
        added. Raises WrongChange."""
        rest = dict(changes)
        if isinstance(changes.get(MESSAGES), list):
            for place, message in listed(MESSAGES, rest.pop(MESSAGES)):
                chance = moment.chance.derive("merge", MESSAGES, place[1])
                carry_out(self, "deliver", message, replace(moment, chance=chance), place)
        super().merge(rest, moment)

    def columns(self, table: str) -> tuple[Column, ...]:
        """Messages always have the same columns."""
        return _COLUMNS if table == MESSAGES else super().columns(table)

    def key_column(self, table: str) -> str:
        """People and contacts are known by their addresses, folders by mailbox and name."""
        return {"people": "address", "contacts": "address", "folders": "place"}.get(table, "id")

    def as_seen(self, table: str, record: Record) -> Record:
        """A record as queries see it."""
        return as_row(record) if table == MESSAGES else record


_OPERATIONS: Final[Mapping[str, Callable[[Post, Mapping[str, Any]], Any]]] = {
    "deliver": Post.deliver_written,
    "arrive": Post.arrive,
    "dispatch": Post.dispatch,
    "send_as": Post.send_as,
}
"""`deliver`: a message from outside, as in world files. `arrive`, `dispatch`: what mail under way does. `send_as`:
somebody with a mailbox here writes."""
