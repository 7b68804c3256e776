"""Which things some sentences name: whole words and phrases, the longest where they overlap."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from harness.users.keywords import Ear

_GAP: Final = r"(?:\W+\w+){0,6}?\W+"
_BORDER: Final = re.compile(r"[,;()/&]|\b(?:and|or|as well as|plus|also)\b", re.IGNORECASE)
_FIRST: Final = re.compile(
    r"^(?:(?:and|so|now|just|then|okay|ok)\W+)?(?:before|once|to|in order to|so that|as soon as|if|since|because|while|"
    r"after|when|regarding|about|as for|with|for)\b[^,]*,\s*",
    re.IGNORECASE,
)
_LAST: Final = re.compile(
    r",?\s+(?:so (?:that )?(?:i|we)\b|(?:in order )?to (?:look|pull|find|locate|check|process|see|go|continue|"
    r"proceed|help|assist)\b|before (?:i|we)\b|when (?:you|ordering|signing|buying|paying)\b).*$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Span:
    name: str
    start: int
    end: int
    clause: int
    weak: bool

    @property
    def length(self) -> int:
        return self.end - self.start

    def covers(self, other: "_Span") -> bool:
        """Whether it is a longer phrase that the other stands in."""
        return self.start <= other.start and other.end <= self.end and other.length < self.length


def named(parts: Sequence[str], things: Mapping[str, Ear]) -> tuple[str, ...]:
    """The things that some sentences name, in the order of their first mention.

    What stands in a clause that only says why or when something is asked counts where nothing else is asked.
    """
    found: dict[str, None] = {}
    for part in parts:
        for name in _in(_core(part), things) or _in(part, things):
            found.setdefault(name)
    return tuple(found)


def _core(part: str) -> str:
    """A sentence without the clauses around what it asks."""
    return _LAST.sub("", _FIRST.sub("", part))


def _in(part: str, things: Mapping[str, Ear]) -> list[str]:
    spans = [span for name, ear in things.items() for span in _spans(part, name, ear)]
    free = [span for span in spans if not any(other.covers(span) for other in spans if other.name != span.name)]
    asked = {(span.clause, span.name) for span in free if not span.weak}
    stand = [span for span in free if not span.weak or not any(clause == span.clause for clause, _ in asked)]
    return [span.name for span in sorted(stand, key=lambda span: span.start)]


def _spans(part: str, name: str, ear: Ear) -> Iterator[_Span]:
    for words, weak in ((ear.strong, False), (ear.weak, True)):
        for match in pattern(words).finditer(part) if words else ():
            clause = len(_BORDER.findall(part[: match.start()]))
            yield _Span(name, match.start(), match.end(), clause, weak)


def mentions(words: Sequence[str], text: str) -> bool:
    """Whether a text has one of some words or phrases."""
    return bool(words) and pattern(tuple(words)).search(text) is not None


@lru_cache(maxsize=4_096)
def pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of some words, whole, also in the plural; `...` is a gap of a few words."""
    found = "|".join(_written(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{found})(?:s|es)?(?!\w)", re.IGNORECASE)


def _written(word: str) -> str:
    pieces = [re.escape(piece.strip()).replace(r"\ ", r"\s+") for piece in word.split("...")]
    return _GAP.join(piece for piece in pieces if piece)
