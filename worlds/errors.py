"""The one base class of everything that `worlds` refuses or breaks on."""

from typing import ClassVar


class WorldError(Exception):
    """Our own failure, never an agent's: carries a stable code and, where a person can act, a hint."""

    code: ClassVar[str] = "world"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class ArchiveError(WorldError):
    """A snapshot file that is corrupt, truncated, foreign or of another version."""

    code = "archive"


class UnknownName(WorldError):
    """A name that no registered part, family or world answers to."""

    code = "unknown_name"


class NotForkable(WorldError):
    """A part whose state cannot be forked now, and why."""

    code = "not_forkable"
