"""Which calls a rule is about."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, field_validator

from fault_injection.asked import Asked
from fault_injection.condition import Condition, steps_of
from worlds.part import Settings


class Predicate(Protocol):
    """A question about the state of the world, handed in by whoever can ask it."""

    def holds(self) -> bool:
        """Whether it holds now."""
        ...


Predicates = Mapping[str, Predicate]
"""Predicates by the names that rules use."""


Glob = Annotated[str, Field(min_length=1, max_length=200)]
"""A pattern of tools' names."""


class Match(Settings):
    """The calls that a rule is about; all of it must hold."""

    on: Glob | Annotated[list[Glob], Field(min_length=1, max_length=100)] = Field(
        "*", description="`server.tool`, `*` for any letters: `shop.*`, `*.write_*`, `*`."
    )
    where: dict[str, Condition] = Field(
        default_factory=dict,
        description="Conditions on the arguments, by path (`path`, `items[*].id`).",
        max_length=32,
    )
    works: Literal["read", "write"] | None = Field(None, description="Only calls that read, or only those that write.")
    transport: Literal["http", "stdio"] | None = Field(None, description="Only calls that come this way.")
    state: str | None = Field(None, description="Name of a predicate on the world's state that must hold.")
    actor: str | None = Field(None, description="Only calls with this credential; default: everybody's.")

    @field_validator("where", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """A bare value stands for `equals`."""
        if not isinstance(value, dict):
            return value
        for path in value:
            steps_of(str(path))
        return {path: each if isinstance(each, dict) else {"equals": each} for path, each in value.items()}

    def covers(self, server: str, tool: str) -> bool:
        """Whether a tool is meant at all."""
        patterns = [self.on] if isinstance(self.on, str) else self.on
        return any(_fits(pattern, server, tool) for pattern in patterns)

    def missed(self, asked: Asked, predicates: Predicates) -> str:
        """The first condition that a call of a covered tool does not meet, "" if it meets all."""
        if self.transport is not None and asked.transport != self.transport:
            return f"transport is {asked.transport}, not {self.transport}"
        if self.works is not None and asked.works != self.works:
            return f"the call does not {self.works}"
        if self.actor is not None and asked.actor != self.actor:
            return f"the caller is {asked.actor}"
        for path, condition in self.where.items():
            if not condition.holds(asked.arguments, path):
                return f"where.{path} does not hold"
        if self.state is not None and not predicates[self.state].holds():
            return f"state {self.state} does not hold"
        return ""


def _fits(pattern: str, server: str, tool: str) -> bool:
    if pattern == "*":
        return True
    if "." not in pattern:
        return fnmatchcase(server, pattern)
    return fnmatchcase(f"{server}.{tool}", pattern)
