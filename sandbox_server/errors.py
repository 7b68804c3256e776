"""The one base class of everything that the stage itself refuses or breaks on."""

from typing import ClassVar


class StageError(Exception):
    """Our own failure or refusal towards the owner (never what an agent sees): a stable code, and a hint."""

    code: ClassVar[str] = "stage"
    status: ClassVar[int] = 400

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class NotFound(StageError):
    """An episode, snapshot, step or server that does not exist."""

    code = "not_found"
    status = 404


class Conflict(StageError):
    """Something that cannot be done in the present state."""

    code = "conflict"
    status = 409
