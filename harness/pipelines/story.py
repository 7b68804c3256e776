"""What happened in an episode, as plain text of bounded length."""

import io
from pathlib import Path
from typing import Final

from rich.console import Console

from harness.errors import HarnessError
from harness.printing.paper import THEME, Paper
from harness.printing.story import cut, tell
from harness.recording.record import read_trajectory

_COLUMNS: Final = 110
_TEXT_MAX: Final = 12_000


def story_of(record: Path) -> str:
    """The steps and the verdict of a recorded episode; its end is what is kept of a long one."""
    try:
        trajectory = read_trajectory(record)
    except HarnessError as error:
        return f"There is no record to tell from: {error.message}"
    console: Console = Paper(theme=THEME, file=io.StringIO(), width=_COLUMNS, color_system=None, force_terminal=False)
    with console.capture() as captured:
        tell(console, trajectory)
    return _ended("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _ended(text: str) -> str:
    """The text, or how it begins and how it ends."""
    if len(text) <= _TEXT_MAX:
        return text
    head = cut(text, _TEXT_MAX // 4)
    return f"{head}\n\n[...]\n\n{text[-3 * _TEXT_MAX // 4 :]}"
