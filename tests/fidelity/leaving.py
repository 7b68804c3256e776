"""How a server over standard streams is ended."""

import subprocess
from contextlib import suppress
from typing import Final

LEAVE_SECONDS_MAX: Final = 60


def let_go(process: "subprocess.Popen[bytes]") -> None:
    """Close the input of a process and wait until it has left; one that stays is killed, and no stream is left open."""
    with process:
        assert process.stdin
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(LEAVE_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
