"""Mail addresses: read strictly, compared without case."""

import re
from collections.abc import Iterable
from email.utils import formataddr, getaddresses, parseaddr
from functools import lru_cache
from typing import Final

from worlds.errors import WorldError

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_LETTERS_MAX: Final = 1_000
_LIST_LETTERS_MAX: Final = 20_000


class NoAddress(WorldError, ValueError):
    """A text that is no mail address."""

    code = "no_address"


def plain_address(text: str) -> str:
    """The address in a text such as `Ida <ida@example.test>`, in lower case. Raises NoAddress."""
    return named_address(text)[1]


@lru_cache(maxsize=4_096)
def named_address(text: str) -> tuple[str, str]:
    """The name ("" if there is none) and the address in a text. Raises NoAddress."""
    name, address = parseaddr(text) if len(text) <= _LETTERS_MAX else ("", "")
    if not _ADDRESS.fullmatch(address) or ".." in address:
        raise NoAddress(f"{text[:100]!r} is no mail address", hint="write it like ida@example.test")
    return name, address.lower()


def spread(texts: str | Iterable[str]) -> list[str]:
    """Single addresses, as written, from texts that may hold several each."""
    return [single for text in ([texts] if isinstance(texts, str) else texts) for single in _singles(text)]


@lru_cache(maxsize=4_096)
def _singles(text: str) -> tuple[str, ...]:
    if _ADDRESS.fullmatch(text):
        return (text,)
    found = getaddresses([text[:_LIST_LETTERS_MAX]])
    return tuple(formataddr((name, address)) if name else address for name, address in found if address or name)


def domain_of(address: str) -> str:
    """What stands behind the @."""
    return address.rpartition("@")[2]
