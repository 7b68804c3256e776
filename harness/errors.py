"""The one base class of everything that the harness refuses or breaks on."""

from collections.abc import Iterator
from contextlib import contextmanager

from worlds.errors import Problem


class HarnessError(Problem):
    """A failure or refusal towards the user of the harness."""

    code = "harness"


@contextmanager
def one_error() -> Iterator[None]:
    """Raise the error of a task group as itself where there is only one."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise (group.exceptions[0] if len(group.exceptions) == 1 else group) from None
