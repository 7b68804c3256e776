"""The one base class of everything that the harness refuses or breaks on."""

from typing import ClassVar


class HarnessError(Exception):
    """Our own failure or refusal towards the user: a stable code, and a hint."""

    code: ClassVar[str] = "harness"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message
