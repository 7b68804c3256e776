"""The contract of an isolation: how a command is kept from reaching more than it was given. One file per kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from harness.errors import HarnessError
from worlds.registry import Registry

LOOPBACK: Final = "127.0.0.1"


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
    image: str = ""
    """The image whose files it sees, where a jail has files of its own."""
    closed: bool = False
    """Whether it may reach listeners of this process only, where a jail has a network of its own."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What its environment is to hold, where a jail does not inherit one."""
    alone: bool = False
    """Whether the image brings all that is to be seen: then `folder` and `words` may be the image's own, if they are
    the first of `writable` and empty."""


@dataclass(frozen=True, slots=True)
class Jailed:
    """A command line inside a jail, and those of its words that the command itself is not to read of its jail."""

    words: list[str]
    hidden_words: list[str] = field(default_factory=list)
    variables: Mapping[str, str] | None = None
    """The environment of the command line, if not that which the command is to have."""
    first: Sequence[str] = ()
    """A command line that must succeed before it."""
    inquiry: Sequence[str] = ()
    """A command line whose output says how it is with the command, and afterwards what became of it."""
    has_begun: Callable[[str], bool] = bool
    """Whether an output of `inquiry` says that the command runs, or has run."""
    last: Sequence[str] = ()
    """A command line that removes what is left of the jail, whoever dies."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a command in a jail."""

    ran: bool
    """Whether it ran at all, and to an end of its own: otherwise the jail broke, and the command is not to blame."""
    note: str = ""
    """What the jail did to it, in words."""


class Isolation(Protocol):
    """One way to confine a command."""

    def refusal(self, image: str = "") -> str | None:
        """Why it cannot be had on this machine, with that image where it needs one; None when it can."""
        ...

    def address(self, *, closed: bool) -> str:
        """Where listeners of this process must listen to be reached from inside. Raises IsolationError."""
        ...

    def command(self, words: Sequence[str], jail: Jail) -> list[str]:
        """The command line that runs `words` inside. Raises IsolationError where it cannot be had."""
        ...

    def jailed(self, words: Sequence[str], jail: Jail, words_fd: int) -> Jailed:
        """The same with the jail's own words in the file `words_fd`. Raises IsolationError."""
        ...

    def ended(self, status: int, report: str) -> Ended:
        """What became of a command, by the exit status of its command line and by what the jail reported of it."""
        ...


isolations: Registry[Isolation] = Registry("soundstage.isolations", "harness.isolations")
"""Names of isolations to how they confine."""
