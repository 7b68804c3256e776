"""Names in APIs: words in them, their singular, and what counts as the same."""

import re
from functools import lru_cache
from typing import Final

_IRREGULAR: Final = {
    "people": "person",
    "children": "child",
    "indices": "index",
    "vertices": "vertex",
    "matrices": "matrix",
    "analyses": "analysis",
    "aliases": "alias",
    "movies": "movie",
    "cookies": "cookie",
    "statuses": "status",
    "buses": "bus",
    "series": "series",
    "news": "news",
    "dns": "dns",
    "sms": "sms",
    "canvas": "canvas",
    "gas": "gas",
    "kubernetes": "kubernetes",
}

_REMEMBERED: Final = 20_000
"""Names are the same few over and over."""


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case: `PaymentIntent_id`, `payment-intent.id` -> payment, intent, id."""
    return list(_words(name))


@lru_cache(_REMEMBERED)
def _words(name: str) -> tuple[str, ...]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return tuple(word for word in re.split(r"[^A-Za-z0-9]+", spaced.lower()) if word)


def plain(name: str) -> str:
    """A name in lower case with underscores."""
    return "_".join(_words(name))


@lru_cache(_REMEMBERED)
def singular(name: str) -> str:
    """One of what a plural name means; other names as they are. The last word counts."""
    *before, last = words_of(name) or [""]
    return "_".join([*before, _singular(last)])


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(ss|sh|ch|x|zz)es$", word):
        return word[:-2]
    if word.endswith("s") and not re.search(r"(ss|us|is)$", word) and len(word) > 3:
        return word[:-1]
    return word


def is_plural(name: str) -> bool:
    """Whether a name means several of something, as far as its last word tells."""
    last = (words_of(name) or [""])[-1]
    return _singular(last) != last


def identifier(name: str) -> str:
    """A name for a table: letters, digits and underscores, not beginning with a digit."""
    found = plain(name) or "things"
    return found if not found[0].isdigit() else f"n{found}"
