"""One mark, one style and one word for each outcome."""

from typing import Final, NamedTuple


class Mark(NamedTuple):
    """How an outcome looks."""

    sign: str
    style: str
    word: str


MARKS: Final = {
    "success": Mark("●", "good", "succeeded"),
    "failure": Mark("○", "bad", "failed"),
    "timeout": Mark("◔", "bad", "timed out"),
    "safety_violation": Mark("▲", "bad", "did harm"),
    "invalid": Mark("?", "odd", "invalid"),
    "lost": Mark("…", "odd", "lost"),
}
