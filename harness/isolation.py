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
    """Folders that it must not even see."""
    network: bool = True
    """Whether it reaches the host's network, loopback included."""


class Isolation(Protocol):
    """One way to confine a command."""

    def refusal(self) -> str | None:
        """Why it cannot be had on this machine; None when it can."""
        ...

    def command(self, words: Sequence[str], jail: Jail) -> list[str]:
        """The command line that runs `words` inside. Raises IsolationError where it cannot be had."""
        ...


isolations: Registry[Isolation] = Registry("soundstage.isolations", "harness.isolations")
"""Names of isolations to how they confine."""
