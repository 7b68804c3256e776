"""The gate that every wording passes: no fact that was not released, and nothing that nobody ever said.

It looks at what can be told apart by spelling: values as such, numbers, dates, addresses, and names that begin with a
capital letter. A fact that somebody describes in other words passes; a model is therefore not even told what it may
not say.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Final

from harness.users.common_words import CALENDAR, CAPITALS, COUNTS, OF_SOMEBODY, OFTEN_NO_MONTH, STARTERS

BARE_MIN: Final = 8
"""How many letters and digits a value has that is told however it is laid out; shorter ones could stand anywhere."""
_DIGITS: Final = re.compile(r"\d(?:[\d.,'\u202f\u00a0]*\d)?")
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://\S+|www\.\S+", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
_START: Final = re.compile(r"(?:^|[.!?:…)\"”*\n]\s*|[-–—•]\s+)$")


@dataclass(frozen=True, slots=True)
class Known:
    """What may be said: the words of released facts, authors and agents; and what may not."""

    allowed: Sequence[str]
    withheld: Sequence[str] = ()
    """Values of facts that are not released."""
    usual: Set[str] = frozenset()
    """Words that are nobody's name, without case."""


def leaks(text: str, known: Known) -> list[str]:
    """What a wording says that it may not, in words; empty where it is sound."""
    allowed = " \n ".join(known.allowed)
    return [*_withheld(text, known, allowed), *_invented(text, allowed, known.usual)]


def _withheld(text: str, known: Known, allowed: str) -> list[str]:
    """Values that are not released. What an agent has said itself is no secret."""
    said, free = _plain(text), _plain(allowed)
    found = [value for value in known.withheld if _stands(_plain(value), said) and not _stands(_plain(value), free)]
    bare, open_to_all = _bare(text), _bare(allowed)
    laid_out = [value for value in known.withheld if _spelled_in(_bare(value), bare)]
    found += [value for value in laid_out if not _spelled_in(_bare(value), open_to_all)]
    return [f"it says {value!r}, which is not released" for value in dict.fromkeys(found)]


def _invented(text: str, allowed: str, usual: Set[str]) -> list[str]:
    """Numbers, addresses, dates and names that nobody has said."""
    numbers = {_digits(number) for number in _DIGITS.findall(allowed)}
    words = usual | words_of(allowed)
    addresses = {address.casefold().rstrip(".,;") for address in _ADDRESS.findall(allowed)}
    found = [number for number in _DIGITS.findall(text) if _digits(number) not in numbers]
    found += [each for each in _ADDRESS.findall(text) if each.casefold().rstrip(".,;") not in addresses]
    rest = _ADDRESS.sub(" ", text)
    found += list(_odd_words(rest, words))
    return [f"it says {each!r}, which nobody has said" for each in dict.fromkeys(found)]


def _odd_words(text: str, words: Set[str]) -> Iterable[str]:
    """Words for times and counts, and names: a capital within a sentence, or an unusual word at its start."""
    shouted = text.upper() == text
    for match in _WORD.finditer(text):
        word, plain = match.group(), match.group().casefold().replace("’", "'").removesuffix("'s")
        if plain in words or match.group().casefold() in words:
            continue
        at_start = bool(_START.search(text[: match.start()]))
        if plain in COUNTS or (plain in CALENDAR and (plain not in OFTEN_NO_MONTH or word[0].isupper())):
            yield word
        elif word[0].isupper() and not shouted and not (len(word) > 1 and word.isupper()):
            usual = plain in CAPITALS or (at_start and (plain in STARTERS or not _acts(text[match.end() :])))
            if not usual:
                yield word


def _acts(rest: str) -> bool:
    """Whether what follows a word lets it be somebody: a verb that people are the subject of, or one more capital."""
    following = re.match(r"(?:['’]s)?[ ,]+([^\W\d_]+)", rest)
    return following is not None and (following[1].casefold() in OF_SOMEBODY or following[1][0].isupper())


def _stands(value: str, text: str) -> bool:
    return bool(value) and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def _plain(text: str) -> str:
    """A text without case, and with one blank between its words."""
    return " ".join(re.sub(r"[^\w@.+-]+", " ", text.casefold()).split())


def _spelled_in(value: str, text: str) -> bool:
    return len(value) >= BARE_MIN and value in text


def _bare(text: str) -> str:
    """Letters and digits alone, so that it does not matter how a value is laid out: `ida at example dot test`."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold().replace("\u00ad", ""))
    return "".join(word for word in words if word not in ("at", "dot"))


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number).lstrip("0") or "0"


def words_of(text: str) -> frozenset[str]:
    """The words of a text, without case."""
    return frozenset(word.replace("’", "'").casefold() for word in _WORD.findall(text))
