"""What is refused of anything that people write, before anybody looks at what it says."""

from typing import Any, Final

from worlds.yamlfile import Document

_DEPTH_MAX: Final = 32
_NUMBER_MAX: Final = 1 << 63


def check_written(document: Document, place: tuple[str | int, ...], value: Any) -> None:
    """Raises FileProblem for what is nested too deeply, half a character, or a number that no counter holds."""
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(value, place)]
    while waiting:
        each, at = waiting.pop()
        if len(at) - len(place) > _DEPTH_MAX:
            raise document.problem(place, f"this is nested too deeply; {_DEPTH_MAX} levels are accepted")
        if isinstance(each, dict):
            waiting += [(inner, (*at, key)) for key, found in each.items() for inner in (key, found)]
        elif isinstance(each, list):
            waiting += [(inner, (*at, number)) for number, inner in enumerate(each)]
        elif isinstance(each, str) and not each.isascii() and _is_torn(each):
            raise document.problem(at, f"{each!r} holds half a character; texts must be valid Unicode")
        elif isinstance(each, int) and abs(each) >= _NUMBER_MAX:
            raise document.problem(at, "a number is too large; whole numbers of 63 bits are accepted")


def _is_torn(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
