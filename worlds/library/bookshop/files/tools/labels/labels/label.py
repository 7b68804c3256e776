"""One label: a line of fixed width."""

from .money import cents, shown

WIDTH = 40


def label(title: str, author: str, price: str) -> str:
    """The label's text: title and author on the left, price on the right, WIDTH characters in all."""
    right = shown(cents(price))
    room = WIDTH - len(right) - 1
    return f"{cut(f'{title}, {last_name(author)}', room):<{room}} {right}"


def cut(text: str, room: int) -> str:
    """The text if it fits, else its beginning and three dots."""
    return text if len(text) <= room else text[: room - 3].rstrip() + "..."


def last_name(author: str) -> str:
    """The last word of a name, with a lower-case word before it (van Dalen)."""
    words = author.split()
    start = len(words) - 1
    while start > 0 and words[start - 1].islower():
        start -= 1
    return " ".join(words[start:])
