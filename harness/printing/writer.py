"""Printing from a thread of its own, so that a terminal that stalls never makes a call wait."""

import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from harness.printing.calls import Piece, fitted, plain

WAITING_MAX: Final = 10_000
Line = Callable[[], list[Piece]]
Show = Callable[[list[Piece]], None]


class LineWriter:
    """Shows lines in the order given; when too many wait, the oldest are dropped and counted."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._waiting: deque[Line] = deque(maxlen=WAITING_MAX)
        self._news = threading.Condition()
        self._dropped = 0
        self._closed = False
        self._thread = threading.Thread(target=self._show_all, name="lines", daemon=True)
        self._thread.start()

    def put(self, line: Line) -> None:
        """Queue a line, which is made in the writing thread. Never blocks."""
        with self._news:
            self._dropped += len(self._waiting) == WAITING_MAX
            self._waiting.append(line)
            self._news.notify()

    def close(self, wait_s: float = 1.0) -> None:
        """Show what still waits, as far as the stream takes it in time."""
        with self._news:
            self._closed = True
            self._news.notify()
        self._thread.join(wait_s)

    def _show_all(self) -> None:
        while (line := self._next()) is not None:
            try:
                self._show(line())
            except (OSError, ValueError):
                hush()
                return

    def _next(self) -> Line | None:
        with self._news:
            self._news.wait_for(lambda: self._waiting or self._closed)
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                return lambda: [Piece(f"... {dropped} lines were too many to show", "odd")]
            return self._waiting.popleft() if self._waiting else None


def say(text: str) -> None:
    """Print a text, if anybody reads."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:
        hush()


def hush() -> None:
    """Nobody reads stdout any more: let nothing that is still printed fail, not even at the end of the process."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def stdout_shower() -> Show:
    """Shows lines on stdout: in colour on a terminal, plain elsewhere."""
    return _coloured() if sys.stdout.isatty() else _show_plain


def _show_plain(pieces: list[Piece]) -> None:
    sys.stdout.write(plain(pieces) + "\n")
    sys.stdout.flush()


def _coloured() -> Show:
    from rich.text import Text  # a terminal is the only place that needs it

    from harness.printing.paper import paper

    console = paper()

    def show(pieces: list[Piece]) -> None:
        text = Text(" ").join(Text(piece.text, piece.style) for piece in fitted(pieces, console.width))
        console.print(text, no_wrap=True, overflow="ellipsis")

    return show
