"""Agents that converse: they are told what the person wrote and say what to answer; the harness carries the words."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from harness.acting.client import Answer
from harness.acting.fate import FateUnknown
from harness.agent import AgentError, Assignment
from harness.scenario import Scenario

SEND, READ = "send_message", "get_conversation"
TRIES_MAX: Final = 3
"""How often a message is sent that a server keeps refusing."""


@dataclass(frozen=True, slots=True)
class Line:
    """What an agent is told in one turn."""

    turn: int
    """From 1."""
    message: str
    """What the person wrote; without a person, the task."""
    task: str
    history: Sequence[Mapping[str, str]] = ()
    """What was said before, as `role` (`user`, `assistant`) and `content`."""


@dataclass(slots=True)
class Talked:
    """What became of a conversation."""

    answer: str | None = None
    """What the agent said last."""
    turns: int = 0
    note: str = ""


Speaker = Callable[[Line], Awaitable[str | None]]
"""Says what an agent answers; None where it has nothing to say any more."""


def refuse_many_users(scenario: Scenario, spec: str) -> None:
    """Refuse a scenario in which an agent would have to talk to several people at once. Raises AgentError."""
    if len(scenario.users) > 1:
        names = ", ".join(person.server for person in scenario.users)
        raise AgentError(
            f"{scenario.name} has several people ({names}), and {spec} talks to one",
            hint="use an agent that calls tools",
        )


def without_conversation(assignment: Assignment) -> Assignment:
    """What an agent is given beside the conversation: all other servers."""
    chats = {person.server for person in assignment.scenario.users}
    return replace(assignment, servers={name: url for name, url in assignment.servers.items() if name not in chats})


async def converse(assignment: Assignment, say: Speaker, talked: Talked) -> None:
    """Carry words between an agent and a person until the conversation is closed, or one of them has no more to say.

    What comes of it is left in `talked`, turn by turn.
    """
    task = assignment.task
    if not assignment.scenario.users:
        talked.answer, talked.turns = await say(Line(1, task, task)), 1
        return
    server = assignment.scenario.users[0].server
    heard, _ = _heard(await _called(assignment, server, READ, {}, talked), "messages")
    history: list[Mapping[str, str]] = []
    while not talked.note:
        message = "\n\n".join(heard)
        said = await say(Line(talked.turns + 1, message, task, tuple(history)))
        if said is None or not said.strip():
            return
        talked.answer, talked.turns = said, talked.turns + 1
        history += [{"role": "user", "content": message}, {"role": "assistant", "content": said}]
        heard, is_open = _heard(await _called(assignment, server, SEND, {"text": said}, talked), "replies")
        if not is_open or not heard:
            return


async def _called(
    assignment: Assignment, server: str, tool: str, arguments: Mapping[str, Any], talked: Talked
) -> Answer | None:
    """A call in the agent's name, again where it is refused; None, and a note, where that does not help."""
    for _ in range(TRIES_MAX):
        try:
            answer = await assignment.client.call(server, tool, arguments)
        except FateUnknown as error:
            talked.note = error.message
            return None
        if not answer.failed:
            return answer
    talked.note = f"{server}.{tool}: {answer.text[:300]}"
    return None


def _heard(answer: Answer | None, key: str) -> tuple[list[str], bool]:
    """The person's messages in an answer, and whether the conversation is still open."""
    data = answer.data if answer is not None else {}
    if not isinstance(data, Mapping):
        return [], False
    messages = [each["text"] for each in data.get(key, ()) if each.get("author") == "user"]
    return messages, data.get("status") == "open"
