"""The console that everything is printed on."""

import sys

from rich.console import Console
from rich.theme import Theme

from harness.printing.writer import hush

THEME = Theme({"good": "green", "bad": "red", "odd": "yellow", "quiet": "dim", "name": "bold", "where": "cyan"})
_PLAIN_COLUMNS = 120


class Paper(Console):
    """A console whose reader may leave: what is done goes on, and nobody is told any more."""

    def on_broken_pipe(self) -> None:
        """Write nothing more."""
        self.quiet = True
        hush()


def paper(*, error: bool = False) -> Console:
    """A console on stdout (or stderr): coloured and as wide as the terminal, plain and 120 wide where there is none."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else _PLAIN_COLUMNS
    return Paper(theme=THEME, stderr=error, highlight=False, width=width, soft_wrap=False)
