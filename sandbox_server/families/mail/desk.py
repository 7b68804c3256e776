"""One account's mail while one call is answered."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from sandbox_server.aside import Steps
from sandbox_server.families.mail.failures import Refusal
from sandbox_server.family import Site
from worlds.clock import parse_time
from worlds.errors import WorldError
from worlds.part import Moment
from worlds.parts.mail import MailPart
from worlds.parts.mail.addresses import NoAddress
from worlds.parts.mail.enclosed import attachment, decoded
from worlds.parts.mail.message import MESSAGES, composed, recipients, size_of
from worlds.parts.mail.post import FOLDERS, Post
from worlds.records import Record, Records

SIZE_BYTES_MAX: Final = 25 << 20
_PORTION: Final = 50
_SORTED_MAX: Final = 5_000
"""As many entries of an index are put in order at once."""


class Desk:
    """What the tools work on."""

    def __init__(self, site: Site) -> None:
        self.part = cast(MailPart, site.part)
        identity = site.identity
        chance = site.world.chance.derive("mail", identity.tool, identity.arguments.hex(), identity.attempt)
        self.moment = Moment(site.now_ns, site.actor, chance)
        self.post: Post = self.part.post(self.moment)
        self.records: Records = self.part.records

    @property
    def own(self) -> str:
        """The account's address."""
        return self.post.address

    def message(self, key: str, folder: str = "") -> Record:
        """A message of the account by its id; of one folder, where it is named. Raises Refusal."""
        found = self.records.get(MESSAGES, key)
        if found is None or found["mailbox"] != self.own:
            raise Refusal(f"Message not found: {key}")
        if folder and found["folder"] != folder:
            raise Refusal(f"Message {key} is not in {folder}")
        return found

    def folder(self, name: str) -> str:
        """The name of a folder that exists, as it is written there. Raises Refusal."""
        for each in self.folders():
            if each.casefold() == name.casefold():
                return each
        raise Refusal(f"Folder not found: {name}")

    def folders(self) -> list[str]:
        """The account's folders."""
        keys = self.records.find(FOLDERS, "mailbox", self.own)
        return [str((self.records.get(FOLDERS, key) or {})["name"]) for key in keys]

    def count_in(self, folder: str, *, unread: bool = False) -> int:
        """How many messages lie in a folder, or how many of them nobody has read."""
        place = [self.own, folder]
        if unread:
            return self.records.count_found(MESSAGES, "mailbox+folder+read", [*place, False]) or 0
        return self.records.count_found(MESSAGES, "mailbox+folder", place) or 0

    def known(self, cursor: str | None) -> str | None:
        """A cursor that some answer has told. Raises Refusal."""
        if cursor is not None and not self.records.known(MESSAGES, cursor):
            raise Refusal(f"Invalid cursor: {cursor}")
        return cursor

    def in_folder(self, folder: str, beyond: str | None) -> Iterator[tuple[str, Record]]:
        """Messages newest first, only those after one, where it is named: those of a small folder, and of a large one
        all of the account, among which its own are not far apart."""
        if self.count_in(folder) > _SORTED_MAX:
            return self.everything(beyond)
        keys = self.records.find(MESSAGES, "mailbox+folder", [self.own, folder], newest_first=True)
        last = None if beyond is None else self.records.place(MESSAGES, beyond)
        later = (key for key in keys if last is None or self.records.place(MESSAGES, key) < last)
        return ((key, self.records.get(MESSAGES, key) or {}) for key in later)

    def everything(self, beyond: str | None = None) -> Iterator[tuple[str, Record]]:
        """All messages of the account, newest first; only those after one, where it is named."""
        for key in self.records.keys(MESSAGES, newest_first=True, beyond=beyond):
            message = self.records.get(MESSAGES, key)
            if message is not None and message["mailbox"] == self.own:
                yield key, message

    def compose(self, arguments: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """A message of the account from what a tool was given. Raises Refusal."""
        known = {key: arguments[key] for key in ("to", "cc", "bcc", "subject", "body") if key in arguments}
        if "attachments" in arguments:
            known["attachments"] = enclosures(arguments["attachments"])
        try:
            message = composed(self.post.account, **{**known, **more})
        except NoAddress as error:
            raise Refusal(f"Invalid address: {error.message}") from None
        if size_of(message) > SIZE_BYTES_MAX:
            raise Refusal("Message exceeds the maximum size of 25 MB")
        return message

    def send(self, message: Mapping[str, Any], send_at: str | None, *, draft: str = "") -> dict[str, Any]:
        """Send it, and say so. Raises Refusal."""
        if not recipients(message):
            raise Refusal("Message has no recipients")
        at_ns = self._time(send_at)
        key = self.post.send(message, sent_from=draft, at_ns=at_ns)
        laid = self.records.get(MESSAGES, key) or {}
        told = {"id": key, "thread_id": laid["thread"], "message_id": laid["message_id"]}
        return {**told, "status": "sent"} if at_ns is None else {**told, "status": "scheduled", "send_at": send_at}

    def change(self, key: str, **fields: Any) -> None:
        """Change fields of a message."""
        self.records.put(MESSAGES, key, {**self.message(key), **fields})

    def _time(self, written: str | None) -> int | None:
        if not written:
            return None
        try:
            at_ns = parse_time(written)
        except ValueError:
            raise Refusal(f"Invalid time: {written[:100]}") from None
        if at_ns <= self.moment.now_ns:
            raise Refusal("send_at is in the past")
        return at_ns


def enclosures(given: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Attachments as tools get them. Raises Refusal."""
    try:
        return [attachment(e["name"], decoded(e["content"], e["name"]), e.get("content_type", "")) for e in given]
    except WorldError as error:
        raise Refusal(f"Invalid attachment: {error.message}") from None


def chosen(found: Iterator[tuple[str, Record]], fits: Any, enough: int) -> Steps[list[tuple[str, Record]]]:
    """The first messages that fit, looked for in portions."""
    kept: list[tuple[str, Record]] = []
    for number, (key, message) in enumerate(found):
        if number % _PORTION == 0:
            yield
        if fits(message):
            kept.append((key, message))
            if len(kept) >= enough:
                break
    return kept
