"""The console that everything is printed on."""

import sys

from rich.console import Console
from rich.theme import Theme

THEME = Theme({"good": "green", "bad": "red", "odd": "yellow", "quiet": "dim", "name": "bold", "where": "cyan"})
_PLAIN_COLUMNS = 120


def paper(*, error: bool = False) -> Console:
    """A console on stdout (or stderr): coloured and as wide as the terminal, plain and 120 wide where there is none."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else _PLAIN_COLUMNS
    return Console(theme=THEME, stderr=error, highlight=False, width=width, soft_wrap=False)
