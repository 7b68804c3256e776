"""The base classes of what the packages refuse or break on."""

from typing import ClassVar


class Problem(Exception):
    """Our own failure or refusal, never an agent's: carries a stable code and, where a person can act, a hint."""

    code: ClassVar[str] = "problem"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class WorldError(Problem):
    """The base of everything that `worlds` refuses or breaks on."""

    code = "world"


class ArchiveError(WorldError):
    """A snapshot file that is corrupt, truncated, foreign or of another version."""

    code = "archive"


class UnknownName(WorldError):
    """A name that no registered part, family or world answers to."""

    code = "unknown_name"


class NotForkable(WorldError):
    """A part whose state cannot be forked now, and why."""

    code = "not_forkable"


class WrongChange(WorldError):
    """A change of a part's first state that cannot be made; `place` leads to it from the part's changes."""

    code = "change"

    def __init__(self, message: str, place: tuple[str | int, ...], *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.place = place
