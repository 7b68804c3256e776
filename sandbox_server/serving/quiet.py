"""What a process says whose stderr its client reads: that something failed, and to its owner's file, what."""

import logging
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final

from worlds import host

FILE_BYTES_MAX: Final = 1 << 20
FILES_KEPT: Final = 1


def log_file() -> Path:
    """Where the failures of servers on standard streams are described."""
    return host.state_folder() / "logs" / "stdio.log"


def log_quietly() -> None:
    """From now on describe failures in a file, and say on stderr only that there was one."""
    logging.raiseExceptions = False  # a file that cannot be written is no reason to tell the client more
    kept = _Kept(log_file(), maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, delay=True, encoding="utf-8")
    kept.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    said = logging.StreamHandler(sys.stderr)
    said.setLevel(logging.ERROR)
    said.setFormatter(_Neutral())
    logging.basicConfig(level=logging.WARNING, handlers=[kept, said], force=True)
    sys.excepthook = _fallen


def _fallen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).critical("the process ended", exc_info=(kind, error, trace))


class _Neutral(logging.Formatter):
    """One line for every failure."""

    def format(self, record: logging.LogRecord) -> str:
        return "Internal error"


class _Kept(RotatingFileHandler):
    """A file of the user's own, made when there is something to write."""

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        return super()._open()
