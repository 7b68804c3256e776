"""A recorded episode told as a conversation."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

from harness.acting.conversing import READ, SEND
from harness.errors import HarnessError
from harness.exporting.conversation import Acted, Call, Conversation, Event, Heard, Said, Tool, trimmed
from harness.exporting.texts import clean, clean_value, told_text
from harness.llm.function_names import Place, function_names
from harness.recording.toolbox import Toolbox
from harness.trajectory import Step, Trajectory
from sandbox_server.faults.listings import CALLED

_TALKERS: Final = ("chat", "http")
"""Kinds of agents that converse: the harness carries their words to the person's server."""
_PERSON: Final = "user"
_ANY_ARGUMENTS: Final[Mapping[str, Any]] = {"type": "object", "properties": {}}


class Untellable(HarnessError):
    """An episode of which no training example can be made; the message says why, in a few words."""

    code = "untellable"


class Names:
    """The names under which models call tools, the same for all conversations that are told together."""

    def __init__(self, toolboxes: Iterable[Toolbox]) -> None:
        places = {(server.name, str(tool["name"])) for box in toolboxes for server in box for tool in server.tools}
        self.known: Mapping[Place, str] = function_names(sorted(places))

    def of(self, place: Place) -> str:
        """The name of a tool, or of one that does not exist."""
        return self.known.get(place) or function_names([*self.known, place])[place]


def told(trajectory: Trajectory, toolbox: Toolbox, names: Names, *, thoughts: bool = True) -> Conversation:
    """The conversation of an episode that has ended. Raises Untellable."""
    talker = _talks_to(trajectory, toolbox)
    steps = sorted((step for step in trajectory.steps if step.by_agent), key=_arrival)
    task, answer = clean(trajectory.opening.task), _answer(trajectory)
    start: list[Event] = [] if talker else [Heard(task)]
    parent = trajectory.opening.parent
    events = [*start, *_events(steps, names, talker, thoughts, copied_max=parent.step if parent else 0)]
    if answer and Said(answer) not in events[-2:]:
        events.append(Said(answer))
    if not any(isinstance(event, Acted | Said) for event in events):
        raise Untellable("the agent did and said nothing")
    tools = tuple(_tools(toolbox, names, talker))
    unoffered = _called(events) - {tool.name for tool in tools}
    return Conversation(task if talker else None, trimmed(tuple(events)), tools, tuple(sorted(unoffered)))


def _talks_to(trajectory: Trajectory, toolbox: Toolbox) -> str | None:
    """The server through which the harness carried an agent's words; None for agents that call tools themselves."""
    if trajectory.opening.agent.kind not in _TALKERS:
        return None
    people = [server.name for server in toolbox if server.kind == _PERSON]
    first = (step.action.server for step in trajectory.steps if step.by_agent and step.action.tool == READ)
    return next((server for server in first if server in people), None)


def _arrival(step: Step) -> tuple[int, int]:
    return (step.arrival or step.step_number, step.step_number)


def _answer(trajectory: Trajectory) -> str:
    departure = trajectory.closing.departure if trajectory.closing else None
    return clean(departure.answer or "").strip() if departure else ""


def _events(
    steps: Sequence[Step], names: Names, talker: str | None, thoughts: bool, *, copied_max: int
) -> Iterator[Event]:
    """What happened, in order; calls that were made before an earlier one was answered belong together."""
    numbers = count(1)
    for group in _groups(steps, talker):
        if group[0].action.server == talker:
            yield from _talk(group[0])
            continue
        thought = "\n\n".join(step.thought for step in group if step.thought) if thoughts else ""
        calls = tuple(_call(step, names, next(numbers)) for step in group)
        yield Acted(clean(thought) or None, calls, copied=group[-1].step_number <= copied_max)


def _groups(steps: Sequence[Step], talker: str | None) -> Iterator[list[Step]]:
    group: list[Step] = []
    for step in steps:
        if group and not (_overlaps(group, step) and talker not in (step.action.server, group[0].action.server)):
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def _overlaps(group: Sequence[Step], step: Step) -> bool:
    """Whether a call was made at once with those before it: after the same answer of the model where that is known,
    else before any of them was answered; without times, none was."""
    if step.turn is not None:
        return step.turn == group[-1].turn
    if step.arrived_ns is None:
        return False
    return all(other.told_ns is not None and step.arrived_ns < other.told_ns for other in group)


def _talk(step: Step) -> Iterator[Event]:
    """What was said in one message that the harness carried, and what came back; refused ones were said again."""
    if step.failed or not step.result:
        return
    heard = _heard(told_text(step.result) or "", "replies" if step.action.tool == SEND else "messages")
    if step.action.tool == SEND:
        yield Said(clean(str((step.action.arguments or {}).get("text", ""))).strip())
    if heard:
        yield Heard("\n\n".join(heard))


def _heard(text: str, key: str) -> list[str]:
    """The person's own words in an answer of their server."""
    try:
        data = json.loads(text)
    except ValueError:
        return []
    found = data.get(key, ()) if isinstance(data, Mapping) else ()
    return [clean(str(each["text"])) for each in found if each.get("author") == "user"]


def _call(step: Step, names: Names, number: int) -> Call:
    asked = step.notes.get(CALLED) or {"tool": step.action.tool, "arguments": step.action.arguments}
    arguments = {} if asked["arguments"] is None else asked["arguments"]
    if not isinstance(arguments, Mapping):
        raise Untellable("a call's arguments are no object")
    name = names.of((step.action.server, str(asked["tool"])))
    return Call(f"call_{number}", name, clean_value(arguments), told_text(step.result), step.world_time)


def _tools(toolbox: Toolbox, names: Names, talker: str | None) -> Iterator[Tool]:
    for server in toolbox:
        for tool in server.tools if server.name != talker else ():
            name, schema = str(tool["name"]), tool.get("inputSchema") or _ANY_ARGUMENTS
            described = clean(str(tool.get("description") or ""))
            yield Tool(names.of((server.name, name)), server.name, name, described, clean_value(schema))


def _called(events: Iterable[Event]) -> set[str]:
    return {call.name for event in events if isinstance(event, Acted) for call in event.calls}
