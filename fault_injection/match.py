"""Which calls a rule is about."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, field_validator

from fault_injection.asked import Asked
from fault_injection.condition import Condition, steps_of
from fault_injection.method import CALL, EVERY, Method
from fault_injection.question import Looked, Question
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
    method: Method | Annotated[list[Method], Field(min_length=1, max_length=20)] = Field(
        CALL,
        description="Which requests: `tools/call`, or others (`initialize`, `tools/list`, `GET` for the standing "
        "stream, ...; `*`: all but calls). `on` then names servers, and `where` looks at the params.",
    )
    where: dict[str, Condition] = Field(
        default_factory=dict,
        description="Conditions on the arguments, by path (`path`, `items[*].id`).",
        max_length=32,
    )
    works: Literal["read", "write"] | None = Field(None, description="Only calls that read, or only those that write.")
    transport: Literal["http", "stdio"] | None = Field(None, description="Only calls that come this way.")
    state: str | Question | None = Field(
        None, description="A look at the world's state and what must hold of it, or the name of a predicate from code."
    )
    actor: str | None = Field(None, description="Only calls with this credential; default: everybody's.")

    @field_validator("where", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """A bare value stands for `equals`."""
        if not isinstance(value, dict):
            return value
        for path in value:
            steps_of(str(path))
        return {path: each if isinstance(each, dict | Condition) else {"equals": each} for path, each in value.items()}

    @property
    def patterns(self) -> list[str]:
        """The patterns of tools, one or several."""
        return [self.on] if isinstance(self.on, str) else self.on

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods, one or several."""
        return (self.method,) if isinstance(self.method, str) else tuple(self.method)

    def covers(self, server: str, tool: str, method: str = CALL) -> bool:
        """Whether a tool, or another request of a server, is meant at all."""
        if method not in self.methods and not (method != CALL and EVERY in self.methods):
            return False
        return any(_fits(pattern, server, tool) for pattern in self.patterns)

    def covers_server(self, server: str) -> bool:
        """Whether any tool of a server is meant."""
        return any(fnmatchcase(server, pattern.partition(".")[0]) for pattern in self.patterns)

    def missed(self, asked: Asked, predicates: Predicates) -> str:
        """The first condition that a call of a covered tool does not meet, "" if it meets all."""
        return self.unmet(asked) or self._state_missed(asked, predicates)

    def looked(self, asked: Asked) -> Looked | None:
        """The answer to the question about the world's state, if one is asked."""
        return asked.looked.get(self.state.key) if isinstance(self.state, Question) else None

    def unmet(self, asked: Asked) -> str:
        """The first condition on the call itself that does not hold, "" if all do."""
        if self.transport is not None and asked.transport != self.transport:
            return f"transport is {asked.transport}, not {self.transport}"
        if self.works is not None and asked.works != self.works:
            return f"the call does not {self.works}"
        if self.actor is not None and asked.actor != self.actor:
            return f"the caller is {asked.actor}"
        for path, condition in self.where.items():
            if not condition.holds(asked.arguments, path):
                return f"where.{path} does not hold"
        return ""

    def _state_missed(self, asked: Asked, predicates: Predicates) -> str:
        if isinstance(self.state, Question):
            looked = self.looked(asked)
            return "state was not looked at" if looked is None else looked.missed
        if self.state is not None and not predicates[self.state].holds():
            return f"state {self.state} does not hold"
        return ""


def _fits(pattern: str, server: str, tool: str) -> bool:
    if pattern == "*":
        return True
    if "." not in pattern:
        return fnmatchcase(server, pattern)
    return fnmatchcase(f"{server}.{tool}", pattern)
