"""The answer is a success whose text cannot be read as what it should be."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from fault_injection.fault import Rewriting, fault
from fault_injection.results import retold
from fault_injection.scene import Scene


@fault("malformed")
class Malformed(Rewriting):
    """The answer is a success whose text cannot be read as what it should be."""

    recovery: ClassVar[str] = "Ask again; what cannot be read must not be guessed."
    how: Literal["unbalanced", "page", "letters"] = Field(
        "unbalanced", description="A bracket is missing, a web page stands there instead, or letters are garbled."
    )

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Break it in the way that was asked for."""
        return retold(result, _WAYS[self.how])


def _unbalanced(text: str) -> str:
    at = max(text.rfind(mark) for mark in "]}")
    return text[:at] + text[at + 1 :] if at >= 0 else text[:-1]


def _page(text: str) -> str:
    return (
        "<!DOCTYPE html>\n<html><head><title>Error</title></head>\n"
        "<body><h1>Something went wrong</h1><p>Please try again later.</p></body></html>\n"
    )


def _letters(text: str) -> str:
    """UTF-8 read as Latin-1, twice over, and a byte order mark in front, as exports often have."""
    return "\u00ef\u00bb\u00bf" + text.encode("utf-8", "replace").decode("latin-1")


_WAYS: Final[Mapping[str, Callable[[str], str]]] = {"unbalanced": _unbalanced, "page": _page, "letters": _letters}
