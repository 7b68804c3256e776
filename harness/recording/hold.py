"""Holding a file so that only one process at a time works below it; a killed process holds nothing."""

import sys
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def hold(file: IO[bytes]) -> bool:
        """Hold an open file until it is closed; False when another process does."""
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def hold(file: IO[bytes]) -> bool:
        """Hold an open file until it is closed; False when another process does."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # some network file systems know no locks: better unheld than unusable
            return True
        return True
