"""How often rules may fire, and until when a profile may."""

from typing import Self

from pydantic import Field, model_validator

from fault_injection.durations import Span
from worlds.part import Settings


class Budget(Settings):
    """Bounds on firings; what would go beyond them is suppressed, and the ledger says so."""

    times: int | None = Field(default=None, description="In the whole episode.", ge=0, strict=True)
    per_tool: int | None = Field(default=None, description="For each tool.", ge=0, strict=True)
    in_a_row: int | None = Field(
        default=None, description="For one operation in a row, so that trying again ends it.", ge=1, strict=True
    )


class CalmAfter(Settings):
    """When a profile falls silent for good, so that a run can end well."""

    calls: int | None = Field(None, description="After so many calls that its rules cover.", ge=0, strict=True)
    time: Span | None = Field(None, description="After so much world time.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.calls is None and self.time is None:
            raise ValueError("give calls, time or both")
        return self
