"""The contract of an isolation: how a command is kept from reaching more than it was given. One file per kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.errors import HarnessError
from worlds.registry import Registry


class IsolationError(HarnessError):
    """An isolation that this machine does not offer."""

    code = "isolation"


@dataclass(frozen=True, slots=True)
class Jail:
    """What one command may see and use."""

    folder: Path
    """Its working directory."""
    writable: Sequence[Path] = ()
    """Folders that it may write, beside a temporary folder of its own."""
    hidden: Sequence[Path] = ()
    """Folders and files that it must not even see."""
    network: bool = True
    """Whether it reaches the host's network, loopback included."""
    readable: Sequence[Path] = ()
    """Folders and files that it may read wherever they lie, in a home for example."""
    status_fd: int | None = None
    """A file number to which the jail reports as lines of JSON; one with `exit-code` says that the command ran."""


@dataclass(frozen=True, slots=True)
class Jailed:
    """A command line inside a jail, and those of its words that the command itself is not to read of its jail."""

    words: list[str]
    hidden_words: list[str]


class Isolation(Protocol):
    """One way to confine a command."""

    def refusal(self) -> str | None:
        """Why it cannot be had on this machine; None when it can."""
        ...

    def command(self, words: Sequence[str], jail: Jail) -> list[str]:
        """The command line that runs `words` inside. Raises IsolationError where it cannot be had."""
        ...

    def jailed(self, words: Sequence[str], jail: Jail, words_fd: int) -> Jailed:
        """The same with the jail's own words in the file `words_fd`. Raises IsolationError."""
        ...


isolations: Registry[Isolation] = Registry("soundstage.isolations", "harness.isolations")
"""Names of isolations to how they confine."""
