"""What happens to mail: it is sent, travels, arrives, comes back, and is answered by those who are away."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from pydantic import ValidationError

from worlds.agenda import Wish
from worlds.chance import NOBODY
from worlds.clock import SECOND, parse_time, show_time
from worlds.complaints import complaint_of
from worlds.errors import WorldError
from worlds.part import Moment
from worlds.parts.mail import notices
from worlds.parts.mail.addresses import domain_of, named_address, plain_address
from worlds.parts.mail.message import MESSAGES, answered, composed, from_written, recipients, stamped
from worlds.parts.mail.settings import DELAY_S, Written
from worlds.records import Record, Records

PEOPLE: Final = "people"
FOLDERS: Final = "folders"
CONTACTS: Final = "contacts"
ANSWERED: Final = "answered"


class Post:
    """The mail of one server at one moment."""

    def __init__(self, records: Records, account: str, bounces: Sequence[str], moment: Moment) -> None:
        self.records = records
        self.name, self.address = named_address(account)
        self.account = account
        self.bounces = bounces
        self.moment = moment
        self._made = 0

    def send(self, message: Mapping[str, Any], *, sent_from: str = "", at_ns: int | None = None) -> str:
        """Send a message in the name of its sender, now or at a time; the id of the sender's copy.

        `sent_from`: the id of the draft that it was, whose place it takes.
        """
        mailbox = str(message["sender"])
        folder = "sent" if at_ns is None else "scheduled"
        if sent_from:
            self.records.remove(MESSAGES, sent_from)
        key = self.put(message, mailbox, folder, read=True, key=sent_from)
        if at_ns is None:
            self._travel(self.records.get(MESSAGES, key) or {})
        else:
            self.moment.later.append(Wish(at_ns, "", "dispatch", {"id": key}, self.moment.actor))
        return key

    def put(self, message: Mapping[str, Any], mailbox: str, folder: str, *, read: bool, key: str = "") -> str:
        """Lay a message into a folder and give it what every message has; its id."""
        named, laid = self._stamped(message, mailbox, folder)
        while not key and self.records.get(MESSAGES, named) is not None:  # the same call once more, at the same time
            named, laid = self._stamped(message, mailbox, folder)
        key = key or named
        laid["thread"] = self._thread(laid, mailbox) or key
        self.records.put(MESSAGES, key, {**laid, "read": read})
        return key

    def _stamped(self, message: Mapping[str, Any], mailbox: str, folder: str) -> tuple[str, dict[str, Any]]:
        self._made += 1
        return stamped(message, mailbox, folder, self.moment, f"message {self._made} {mailbox}")

    def dispatch(self, arguments: Mapping[str, Any]) -> None:
        """Send what was scheduled, unless it was taken back."""
        key = str(arguments["id"])
        message = self.records.get(MESSAGES, key)
        if message is None or message["folder"] != "scheduled":
            return
        sent = {**message, "folder": "sent", "date": show_time(self.moment.now_ns)}
        self.records.put(MESSAGES, key, sent)
        self._travel(sent)

    def arrive(self, arguments: Mapping[str, Any]) -> None:
        """A message comes to a mailbox."""
        mailbox, message = str(arguments["mailbox"]), arguments["message"]
        person = self.records.get(PEOPLE, mailbox) or {}
        if person.get("full"):
            self._come_back(message, mailbox, notices.FULL)
            return
        self.put(message, mailbox, "inbox", read=False)
        self._answer_for(mailbox, person, message)

    def deliver_written(self, arguments: Mapping[str, Any]) -> str:
        """A message from outside, as a person writes it; its id. Raises WorldError."""
        try:
            written = Written.model_validate(dict(arguments))
        except ValidationError as error:
            raise WorldError(f"deliver: {complaint_of(error, Written)}") from None
        return self.lay(written)

    def lay(self, written: Written) -> str:
        """Lay a message as it was written where it belongs; its id. Raises NoAddress."""
        message = from_written(written, self.account)
        mailbox, folder = message.pop("mailbox"), message.pop("folder")
        return self.put(message, mailbox, folder, read=written.read)

    def send_as(self, arguments: Mapping[str, Any]) -> str:
        """Somebody who has a mailbox here writes: `from`, `to`, `subject`, `body`; the id of their copy."""
        sender = plain_address(str(arguments.get("from", "")))
        person = self.records.get(PEOPLE, sender)
        if person is None:
            there = ", ".join(self.records.keys(PEOPLE))
            raise WorldError(f"{sender} has no mailbox here", hint=f"one of: {there}")
        shown = f"{person['name']} <{sender}>" if person["name"] else sender
        known = {key: arguments[key] for key in ("to", "cc", "subject", "body") if key in arguments}
        return self.send(composed(shown, **known))

    def _travel(self, message: Record) -> None:
        """To every mailbox that it is for; what is for other servers is gone, and nobody hears of it."""
        seen = {**message, "bcc": []}
        for address in recipients(message):
            person = self.records.get(PEOPLE, address)
            if person is not None:
                due_ns = self.moment.now_ns + int(person["delay_s"] * SECOND)
                self._later(due_ns, {"mailbox": address, "message": seen})
            elif domain_of(address) == domain_of(self.address) or self._bounces(address):
                self._come_back(message, address, notices.UNKNOWN)

    def _come_back(self, message: Record, address: str, reason: notices.Reason) -> None:
        """Tell the sender, if they are here, that somebody could not be reached."""
        if self.records.get(PEOPLE, message["sender"]) is None or message["sender_name"] == notices.DAEMON:
            return
        notice = notices.bounce(message, address, reason, domain_of(self.address))
        due_ns = self.moment.now_ns + int(self._seconds(address) * SECOND)
        self._later(due_ns, {"mailbox": message["sender"], "message": notice})

    def _answer_for(self, mailbox: str, person: Record, message: Record) -> None:
        """Answer for somebody who is away, once to each sender, and never to a machine."""
        away = person.get("out_of_office")
        if not away or message.get("automatic") or message["sender"] == mailbox:
            return
        if away.get("until") and parse_time(away["until"]) <= self.moment.now_ns:
            return
        once = f"{mailbox} {message['sender']}"
        if self.records.get(ANSWERED, once) is None:
            self.records.put(ANSWERED, once, {"date": show_time(self.moment.now_ns)})
            shown = f"{person['name']} <{mailbox}>" if person["name"] else mailbox
            self.send(notices.away(shown, away, message))

    def _later(self, due_ns: int, arguments: Mapping[str, Any]) -> None:
        self.moment.later.append(Wish(due_ns, "", "arrive", arguments, "server"))

    def _seconds(self, address: str) -> float:
        """How long it takes to learn that somebody cannot be reached."""
        return DELAY_S + 3 * self.moment.chance.unit("mail", NOBODY, f"bounce {address}")

    def _bounces(self, address: str) -> bool:
        return any(fnmatchcase(address, pattern.lower()) for pattern in self.bounces)

    def _thread(self, message: Record, mailbox: str) -> str:
        """The conversation in this mailbox that a message belongs to, "" if it begins one."""
        for named in answered(message):
            for key in self.records.find(MESSAGES, "message_id", named):
                known = self.records.get(MESSAGES, key) or {}
                if known["mailbox"] == mailbox:
                    return str(known["thread"])
        return ""
