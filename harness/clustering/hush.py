"""Keeping to ourselves what native code prints."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_STDERR = 2


@contextmanager
def hushed() -> Iterator[IO[bytes]]:
    """What is printed to stderr meanwhile, by whatever code, goes into the file that this gives."""
    with tempfile.TemporaryFile() as heard:
        sys.stderr.flush()
        kept = os.dup(_STDERR)
        os.dup2(heard.fileno(), _STDERR)
        try:
            yield heard
        finally:
            sys.stderr.flush()
            os.dup2(kept, _STDERR)
            os.close(kept)
