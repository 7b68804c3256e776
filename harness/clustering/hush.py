"""Keeping to ourselves what the library and its native code print."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from ray._private import worker as library

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


@contextmanager
def unreported() -> Iterator[None]:
    """The library does not print to stdout what dies in a cluster: records tell of that, and stdout may be JSON.

    It prints so even where workers' logs are not wanted, and has no setting for it.
    """
    kept = library.print_to_stdstream
    library.print_to_stdstream = _unsaid
    try:
        yield
    finally:
        library.print_to_stdstream = kept


def _unsaid(*_given: Any, **_named: Any) -> None:
    """Stands for the function that prints."""
