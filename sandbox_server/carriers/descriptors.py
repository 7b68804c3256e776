"""The descriptors of the standard streams, and whether this process was started with them."""

import os
import sys
from typing import Final

from sandbox_server.errors import StageError

STDIN: Final = 0
STDOUT: Final = 1
STDERR: Final = 2


def demand_open() -> None:
    """Refuse a process that was started without the streams that a protocol needs, and fill a missing stderr.

    Raises StageError.
    """
    # Python leaves a stream out when its descriptor is closed at the start; the number itself may be in use by now.
    for name, stream in (("stdin", sys.__stdin__), ("stdout", sys.__stdout__)):
        if stream is None:
            raise StageError(f"{name} is closed", hint="a client holds the other ends of stdin and stdout")
    if sys.__stderr__ is None:
        nothing = os.open(os.devnull, os.O_WRONLY)
        if nothing != STDERR:
            os.dup2(nothing, STDERR)
            os.close(nothing)
