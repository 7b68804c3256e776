"""Believable seeded mail, so that an inbox looks lived in."""

from collections.abc import Iterator
from typing import Any, Final

from worlds.chance import Chance, Identity
from worlds.clock import SECOND, show_time
from worlds.part import Ground
from worlds.parts.mail.addresses import named_address
from worlds.parts.mail.message import composed
from worlds.parts.mail.settings import MailSettings
from worlds.parts.sql.believable import word_lists

_DAYS: Final = 180
_SUBJECTS: Final = (
    ("Question about my order", "Hello,\n\ncould you tell me when the order from last week leaves?\n\nBest,\n{first}"),
    ("Thank you", "Just a short note to say that everything came well packed.\n\n{first}"),
    ("Meeting on {day}", "Hi,\n\nshall we say {day} at ten? I bring the figures.\n\n{first}"),
    ("Invoice for {month}", "Good morning,\n\nthe invoice for {month} follows by post.\n\nKind regards\n{name}"),
    ("Change of address", "Hello,\n\nwe have moved. The new address follows in the next letter.\n\n{name}"),
    ("Opening hours", "Hi,\n\nare you open on {day}?\n\n{first}"),
    ("Re: the list", "Looks right to me. One line is missing, I think; see you on {day}.\n\n{first}"),
    ("Newsletter, {month}", "What is new in {month}: three readings, two exhibitions and one closing day."),
)
_DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_MONTHS: Final = ("September", "October", "November", "December", "January", "February")


def filler(settings: MailSettings, ground: Ground) -> Iterator[tuple[str, dict[str, Any]]]:
    """As many messages as asked for, each with its folder, from the half year before the world's first time."""
    chance = ground.chance.derive("mail filler")
    to = settings.account
    for number in range(settings.generate):
        yield _folder(chance, number), _message(chance, number, to, ground.now_ns)


def _message(chance: Chance, number: int, to: str, now_ns: int) -> dict[str, Any]:
    words, key = word_lists(), Identity(str(number))
    first, last = _one(words["first"], chance, key, "first"), _one(words["last"], chance, key, "last")
    told = {
        "first": first,
        "name": f"{first} {last}",
        "day": _one(_DAY_NAMES, chance, key, "day"),
        "month": _one(_MONTHS, chance, key, "month"),
    }
    subject, body = _one(_SUBJECTS, chance, key, "subject")
    sender = f"{told['name']} <{_letters(first)}.{_letters(last)}{number}@example.net>"
    back_ns = chance.below(_DAYS * 86_400, "filler", key, "date") * SECOND
    message = composed(sender, to=[to], subject=subject.format(**told), body=body.format(**told))
    read = chance.unit("filler", key, "read") < 0.8
    return {**message, "date": show_time(now_ns - back_ns), "read": read, "mailbox": named_address(to)[1]}


def _folder(chance: Chance, number: int) -> str:
    drawn = chance.unit("filler", Identity(str(number)), "folder")
    return "inbox" if drawn < 0.7 else "archive" if drawn < 0.95 else "spam"


def _one(items: Any, chance: Chance, key: Identity, name: str) -> Any:
    return items[chance.below(len(items), "filler", key, name)]


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum()) or "x"
