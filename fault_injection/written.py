"""What is refused of anything that people write, before anybody looks at what it says."""

from typing import Any, Final

from worlds.yamlfile import Document

_DEPTH_MAX: Final = 32
_NUMBER_MAX: Final = 1 << 63


def check_written(document: Document, place: tuple[str | int, ...], value: Any) -> None:
    """Raises FileProblem for what is nested too deeply, half a character, or a number that no counter holds."""
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        each, depth = waiting.pop()
        if depth > _DEPTH_MAX:
            raise document.problem(place, f"this is nested too deeply; {_DEPTH_MAX} levels are accepted")
        if isinstance(each, dict):
            waiting += [(inner, depth + 1) for pair in each.items() for inner in pair]
        elif isinstance(each, list):
            waiting += [(inner, depth + 1) for inner in each]
        elif isinstance(each, str) and not each.isascii() and _is_torn(each):
            raise document.problem(place, f"{each!r} holds half a character; texts must be valid Unicode")
        elif isinstance(each, int) and abs(each) >= _NUMBER_MAX:
            raise document.problem(place, "a number is too large; whole numbers of 63 bits are accepted")


def _is_torn(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
