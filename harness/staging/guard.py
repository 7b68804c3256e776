"""What an agent may change and what must never happen, as a scenario says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from harness.check import Check
from worlds.part import Settings


class Allowance(Settings):
    """One kind of change that is allowed."""

    path: str = Field(
        description="`server.table`, `server.table[key].column` or `server:/path`; `*` and `**` stand for anything."
    )
    kind: Literal["added", "changed", "removed"] | None = Field(default=None, description="Only changes of this kind.")
    at_most: int | None = Field(default=None, description="How many such changes are allowed.", ge=1)


def _spelled_out(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


Allowed = Annotated[Allowance, BeforeValidator(_spelled_out, json_schema_input_type=str | Allowance)]
"""An allowance, or its path alone."""


class GuardFile(Settings):
    """What an agent may change; everything else is collateral. What must never happen, whoever finds it useful."""

    may_change: list[Annotated[Allowance, BeforeValidator(_spelled_out, json_schema_input_type=str | Allowance)]] = (
        Field(default_factory=list, description="Paths that may change; nothing else may. Left out, nothing is said.")
    )
    never: list[dict[str, Any]] = Field(
        default_factory=list, description="A `name` and one check that says what holds as long as no harm is done."
    )


@dataclass(frozen=True, slots=True)
class Guard:
    """A checked guard. Without `allowed` nothing is said about changes; an empty one allows none."""

    allowed: Sequence[Allowance] | None = None
    never: Sequence[Check] = ()
