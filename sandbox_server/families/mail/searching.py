"""What people type into a search box, understood and applied to messages."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from worlds.clock import parse_time
from worlds.parts.mail.message import shown_sender
from worlds.records import Record

_TERM: Final = re.compile(r'(-?)(?:(\w+):)?(?:"([^"]*)"|(\S+))')
_UNSEEN: Final = ("trash", "spam")
Test = Callable[[Record], bool]


class BadQuery(Exception):
    """A term that means nothing here."""


@dataclass(frozen=True, slots=True)
class Query:
    """Tests that must all hold."""

    tests: tuple[Test, ...]

    def fits(self, message: Record) -> bool:
        """Whether a message is meant."""
        return all(test(message) for test in self.tests)


def understood(text: str) -> Query:
    """The query that somebody typed. Raises BadQuery."""
    tests: list[Test] = []
    named_folder = False
    for minus, operator, phrase, word in _TERM.findall(text):
        value = phrase or word
        test = _test(operator.lower(), value, f"{operator}:{value}" if operator else value)
        named_folder |= operator.lower() == "in"
        tests.append(_negated(test) if minus else test)
    if not tests:
        raise BadQuery("the query is empty")
    if not named_folder:
        tests.insert(0, lambda message: message["folder"] not in _UNSEEN)
    return Query(tuple(tests))


def _test(operator: str, value: str, whole: str) -> Test:
    wanted = value.casefold()
    if operator == "from":
        return lambda message: wanted in shown_sender(message).casefold()
    if operator in ("to", "cc", "bcc"):
        return lambda message: any(wanted in each.casefold() for each in message[operator])
    if operator == "subject":
        return lambda message: wanted in message["subject"].casefold()
    if operator == "in":
        return lambda message: message["folder"].casefold() == wanted or wanted == "anywhere"
    if operator == "is":
        return _state(wanted)
    if operator == "has":
        return _attached(wanted)
    if operator in ("before", "after"):
        return _dated(operator, value)
    return _anywhere((whole if operator else value).casefold())


def _state(wanted: str) -> Test:
    if wanted not in ("unread", "read", "flagged"):
        raise BadQuery(f"is:{wanted} is not known; use is:unread, is:read or is:flagged")
    if wanted == "flagged":
        return lambda message: bool(message["flagged"])
    return lambda message: bool(message["read"]) == (wanted == "read")


def _attached(wanted: str) -> Test:
    if wanted != "attachment":
        raise BadQuery(f"has:{wanted} is not known; use has:attachment")
    return lambda message: bool(message["attachments"])


def _dated(operator: str, value: str) -> Test:
    try:
        bound_ns = parse_time(value)
    except ValueError:
        raise BadQuery(f"{operator}:{value} is not a date; write it like {operator}:2026-03-01") from None
    if operator == "before":
        return lambda message: parse_time(message["date"]) < bound_ns
    return lambda message: parse_time(message["date"]) >= bound_ns


def _anywhere(wanted: str) -> Test:
    def found(message: Record) -> bool:
        if wanted in message["subject"].casefold() or wanted in message["body"].casefold():
            return True
        people = (shown_sender(message), *message["to"], *message["cc"])
        return any(wanted in each.casefold() for each in people)

    return found


def _negated(test: Test) -> Test:
    return lambda message: not test(message)
