"""An episode as a conversation: only what the agent itself was told and did, whatever format it is written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as the agent was shown it when the episode began."""

    name: str
    """The name under which models call it."""
    server: str
    tool: str
    description: str
    parameters: Mapping[str, Any]
    """The JSON Schema of its arguments."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, and what the agent was answered."""

    id: str
    """Counted through the conversation, so that conversations that begin alike have the same ids."""
    name: str
    arguments: Mapping[str, Any]
    result: str | None
    """None: no answer ever came."""
    time: str = field(compare=False)
    """The world's time of the answer, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody else wrote to the agent: whoever gave the task, or a person whom it talks to."""

    text: str


@dataclass(frozen=True, slots=True)
class Acted:
    """What the agent thought and called at once, before it was told the answers."""

    thought: str | None
    calls: tuple[Call, ...]
    copied: bool = field(default=False, compare=False)
    """Whether it is another episode's, which this one continues."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the agent said in plain words."""

    text: str


Event = Heard | Acted | Said


@dataclass(frozen=True, slots=True)
class Conversation:
    """One episode from the agent's side."""

    system: str | None
    """What it was told before all else."""
    events: tuple[Event, ...]
    tools: tuple[Tool, ...]
    unoffered: tuple[str, ...] = field(default=())
    """Names that it called and that were not among the tools it was shown at the start."""

    @property
    def unanswered(self) -> int:
        """How many calls never had an answer."""
        return sum(call.result is None for event in self.events if isinstance(event, Acted) for call in event.calls)

    @property
    def characters(self) -> int:
        """How long its texts, calls and answers are, without the list of tools."""
        return len(self.system or "") + sum(map(_length, self.events))

    @property
    def is_parallel(self) -> bool:
        """Whether several calls were made at once anywhere."""
        return any(isinstance(event, Acted) and len(event.calls) > 1 for event in self.events)


def trimmed(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events up to the last thing that the agent did: what it heard after that taught it nothing."""
    while events and isinstance(events[-1], Heard):
        events = events[:-1]
    return events


def _length(event: Event) -> int:
    if not isinstance(event, Acted):
        return len(event.text)
    calls = sum(len(str(call.arguments)) + len(call.result or "") for call in event.calls)
    return len(event.thought or "") + calls
