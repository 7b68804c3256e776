"""Judges what a person said, from a scenario's `users:` block, the agent's messages and the words alone.

It shares nothing with the machine that decides: which facts a message asks for, its writer says.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from faker.providers.person.en_US import Provider as Names

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBER: Final = re.compile(r"\d(?:[\d.,:/-]*\d)?")
_COUNTS: Final = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|"
    r"hundreds?|thousands?|millions?|euros?|dollars?|pounds?|cents?)\b",
    re.IGNORECASE,
)
_CAPITAL: Final = re.compile(r"(?<!\w)[^\W\d_a-z][^\W\d_]*(?:['’][a-z]+)?")
TIMES: Final = {"when_asked": 1, "with_details": 1, "second_time_asked": 2, "third_time_asked": 3}


@dataclass(frozen=True, slots=True)
class Message:
    """What the agent writes, and what it asks for by it."""

    text: str
    asks: Sequence[str] = ()
    general: bool = False


def judged(block: Mapping[str, Any], messages: Sequence[Message], words: Sequence[str]) -> list[str]:
    """What is wrong with the words of a dialogue; the first were said before any message."""
    asked: Counter[str] = Counter()
    general, heard, problems = False, "", []
    for turn, text in enumerate(words):
        if turn:
            message = messages[turn - 1]
            asked.update(set(message.asks))
            general, heard = general or message.general, f"{heard}\n{message.text}"
        free, secret = _sorted_out(block, asked, general=general, first=turn == 0)
        said = [value for value in secret if value.casefold() in heard.casefold()]
        free += [*said, heard, *_own(block, first=turn == 0)]
        laid = _Laid.out(text, free)
        problems += [f"{one!r} too early: {text}" for one in secret if one not in said and _gives(laid, one)]
        problems += [f"{word!r} from nowhere: {text}" for word in made_up(text, free)]
    return problems


def _sorted_out(
    block: Mapping[str, Any], asked: Mapping[str, int], *, general: bool, first: bool
) -> tuple[list[str], list[str]]:
    """The values that may have been uttered by now, and those that may not."""
    free: list[str] = []
    secret: list[str] = ["7777", "Bertram"]
    for name, fact in block["facts"].items():
        rule = fact["release"]
        may = asked.get(name, 0) >= TIMES.get(rule, 1_000) or (rule == "with_details" and general)
        may = may or (rule == "at_once" and (not first or block["ambiguity"] < 0.25))
        (free if may else secret).append(fact["value"])
        if "wrong" in fact:
            (free if may and block["persona"] == "contradictory" else secret).append(fact["wrong"])
    return free, secret


def _own(block: Mapping[str, Any], *, first: bool) -> list[str]:
    """What the author has the person say: as much of the opening as the ambiguity lets them."""
    if not first or block["ambiguity"] < 0.5:
        return [block["opening"], block["changes_mind_to"]]
    return [block["opening"].split(". ")[0]] if block["ambiguity"] < 0.75 else []


def gives(text: str, value: str, free: Sequence[str]) -> bool:
    """Whether a text gives a value away, as it is spelled or in a disguise."""
    return _gives(_Laid.out(text, free), value)


@dataclass(frozen=True, slots=True)
class _Laid:
    """A text without what may be said, in three layouts; and the words that may be."""

    plain: str
    joined: str
    digits: str
    known: str

    @classmethod
    def out(cls, text: str, free: Sequence[str]) -> "_Laid":
        for other in sorted(free, key=len, reverse=True):
            text = text.replace(other, " | ").replace(other[:1].upper() + other[1:], " | ")
        plain = text.casefold()
        digits = re.sub(r"(?<=\d)\W{1,3}(?=\d)", "", plain)
        return cls(plain, re.sub(r"[^\w|]|_", "", plain), digits, " ".join(free).casefold())


def _gives(laid: _Laid, value: str) -> bool:
    bare, whole = _forms(value)
    words = (form for form in whole if form in laid.plain and form not in laid.known)
    return (
        any(form in laid.joined for form in bare)
        or any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", laid.plain) for form in words)
        or any(number in laid.digits for number in _numbers(value))
    )


@cache
def _forms(value: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How a value looks without anything between its letters, and what of it gives it away as a word."""
    bare = [re.sub(r"\W|_", "", value.casefold())]
    date = re.fullmatch(r"(\d+) ([A-Z][a-z]+) (\d{4})", value)
    if date is None:
        return tuple(bare), tuple(word for word in re.findall(r"\w{4,}", value.casefold()) if word != "test")
    day, month, year, number = date[1], date[2].casefold(), date[3], MONTHS.index(date[2]) + 1
    bare += [
        f"{day}{month}",
        f"{month}{day}",
        f"{day}of{month}",
        f"{day}thof{month}",
        f"{month}{day}th",
        f"{day}{month[:3]}",
    ]
    short = [f"{day}{sign}{one}" for sign in "./-" for one in (f"{number:02}", str(number))]
    turned = [f"{one}{sign}{day}" for sign in "./-" for one in (f"{number:02}", str(number))]
    return tuple(bare), (*short, *turned, year, *(() if number in (3, 5) else (month,)))


@cache
def _numbers(value: str) -> tuple[str, ...]:
    """The digits of a value in a row; of a date, in every order."""
    date = re.fullmatch(r"(\d+) ([A-Z][a-z]+) (\d{4})", value)
    if date is None:
        number = re.sub(r"\D", "", value)
        return (number,) if len(number) >= 4 else ()
    day, month, year = f"{int(date[1]):02}", f"{MONTHS.index(date[2]) + 1:02}", date[3]
    return year + month + day, day + month + year, month + day + year


def made_up(text: str, free: Sequence[str]) -> Iterator[str]:
    """Numbers, amounts, dates, addresses and names in a text that nobody had said."""
    said = " \n ".join(free)
    known = set(re.findall(r"[^\W\d_]+", said.casefold())) | {"english"}
    yield from (each for each in re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[€$£%]", text) if each not in said)
    numbers = set(_NUMBER.findall(said))
    yield from (each for each in _NUMBER.findall(text) if each not in numbers)
    yield from (each for each in _COUNTS.findall(text) if each.casefold() not in known)
    for match in _CAPITAL.finditer(text):
        plain = match.group().casefold().removesuffix("'s")
        if plain not in known and _names(match.group(), plain, text[: match.start()], free):
            yield match.group()


def _names(word: str, plain: str, before: str, free: Sequence[str]) -> bool:
    """Whether a word with a capital is a date or somebody's name, wherever it stands."""
    if plain in _people() or word in DAYS or (word in MONTHS and word not in ("March", "May")):
        return True
    if word.isupper() or re.match(r"I['’]", word):
        return False
    starts = not before or re.search(r"[.!?:]\s+$|\n$", before[-9:]) is not None
    return not starts and not before.rstrip().endswith(tuple(free))


@cache
def _people() -> frozenset[str]:
    """Usual names that are nothing else at the start of a sentence."""
    names = {name.casefold() for name in (*Names.first_names, *Names.last_names)}
    return frozenset(names - {"good", "hope", "just", "may", "will", "so", "an", "le", "do", "my", "well", "long"})
