"""Conversations as the messages of chat interfaces."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.exporting.conversation import Acted, Call, Conversation, Event, Heard, Said, Tool
from harness.exporting.texts import UNANSWERED

Message = dict[str, Any]
SpellArguments = Callable[[Mapping[str, Any]], Any]
"""How a format writes the arguments of a call."""


def begun(conversation: Conversation) -> list[Message]:
    """What stands before all else."""
    return [{"role": "system", "content": conversation.system}] if conversation.system else []


def messages(events: Sequence[Event], spell: SpellArguments) -> list[Message]:
    """Events as messages; each call has exactly one answer right behind the message that makes it."""
    return [message for event in events for message in _told(event, spell)]


def learned(messages: Sequence[Message]) -> list[Message]:
    """The messages up to the last of the assistant's: answers behind it teach nothing."""
    last = max(number for number, message in enumerate(messages) if message["role"] == "assistant")
    return list(messages[: last + 1])


def function(tool: Tool, description: str | None = None) -> dict[str, Any]:
    """A tool as chat interfaces declare it."""
    told = tool.description if description is None else description
    return {
        "type": "function",
        "function": {"name": tool.name, "description": told, "parameters": dict(tool.parameters)},
    }


def _told(event: Event, spell: SpellArguments) -> list[Message]:
    if isinstance(event, Heard):
        return [{"role": "user", "content": event.text}]
    if isinstance(event, Said):
        return [{"role": "assistant", "content": event.text}]
    calls = [_call(call, spell) for call in event.calls]
    return [
        {"role": "assistant", "content": event.thought or "", "tool_calls": calls},
        *(_answer(call) for call in event.calls),
    ]


def _call(call: Call, spell: SpellArguments) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": spell(call.arguments)}}


def _answer(call: Call) -> Message:
    content = UNANSWERED if call.result is None else call.result
    return {"role": "tool", "tool_call_id": call.id, "name": call.name, "content": content}


def acted(event: Event) -> bool:
    """Whether the agent did it."""
    return isinstance(event, Acted | Said)
