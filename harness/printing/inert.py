"""Texts that do nothing to a terminal: what agents and worlds say is shown, never obeyed."""

import re
from typing import Final

_UNSEEN: Final = re.compile(
    r"\r\n|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What moves the cursor, talks to the terminal, turns the direction of writing, hides, or cannot be encoded.

Joiners stay: scripts and emoji need them.
"""


def inert(text: str) -> str:
    """The text with a visible sign for each character that a terminal would obey or hide."""
    return _UNSEEN.sub(_sign, text) if not text.isascii() or not text.isprintable() else text


def is_inert(text: str) -> bool:
    """Whether a terminal shows the text as it is."""
    return _UNSEEN.search(text) is None


def _sign(match: re.Match[str]) -> str:
    """`␛` for an escape, `\\u202e` for what has no picture; the line ends of other systems are line ends."""
    found = match[0]
    if found == "\r\n":
        return "\n"
    code = ord(found)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
