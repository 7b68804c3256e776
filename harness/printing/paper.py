"""The console that everything is printed on."""

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text
from rich.theme import Theme

from harness.printing.inert import inert, is_inert
from harness.printing.writer import hush

THEME = Theme({"good": "green", "bad": "red", "odd": "yellow", "quiet": "dim", "name": "bold", "where": "cyan"})
_PLAIN_COLUMNS = 120


class Paper(Console):
    """A console whose reader may leave: what is done goes on, and nobody is told any more.

    It obeys nothing that stands in a text: control characters are shown as signs, and `:x:` stays what it is.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """A text with its styles; made harmless before its width is measured."""
        return super().render_str(inert(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed in the end, whoever made it."""
        for segment in super().render(renderable, options):
            harmless = segment.control or is_inert(segment.text)
            yield segment if harmless else Segment(inert(segment.text), segment.style)

    def on_broken_pipe(self) -> None:
        """Write nothing more."""
        self.quiet = True
        hush()


def paper(*, error: bool = False) -> Console:
    """A console on stdout (or stderr): coloured and as wide as the terminal, plain and 120 wide where there is none."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else _PLAIN_COLUMNS
    return Paper(theme=THEME, stderr=error, width=width, soft_wrap=False)
