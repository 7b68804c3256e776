"""CPU time that means the same on every machine, for tests that bound it."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_USUAL_SECONDS: Final = 0.005
"""What the piece of work below takes on a usual machine."""


def slowness() -> float:
    """How many times slower than usual this thread computes at the moment; at least 1."""
    begun = time.thread_time()
    sum(number * number for number in range(100_000))
    return max(1.0, (time.thread_time() - begun) / _USUAL_SECONDS)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Nothing looks through what other tests left for garbage meanwhile."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
