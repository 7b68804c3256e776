"""How to call this program again from where it was called."""

import shutil
import sys
from pathlib import Path
from typing import Final

NAME: Final = "soundstage"


def own_command() -> str:
    """`soundstage` where the shell finds it by that name; otherwise the path by which it was called."""
    called = Path(sys.argv[0])
    if called.name != NAME or shutil.which(NAME) is not None:
        return NAME
    return str(called)
