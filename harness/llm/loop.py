"""The built-in agent's loop: ask the model, make the calls it wants, show it the answers, until it wants none."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import anyio
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from harness.agent import Assignment
from harness.llm.connection import Connection, ModelFailed, TooLong
from harness.llm.tools import Offered, offered_tools, shown
from harness.trajectory import Departure
from worlds import host

INSTRUCTIONS: Final = (
    "You do a task for somebody by calling tools. Look things up rather than guess, and do all of what is asked and "
    "nothing else. When you are done, or cannot go on, answer in plain words without calling a tool: that ends your "
    "work."
)
_WASTED_MAX: Final = 10
"""After so many messages in a row without a single call that can be made no more is expected of a model."""
_CUT_SHORT: Final = {"length": "the model's last message was cut short", "content_filter": "the model refused"}


async def converse(connection: Connection, assignment: Assignment) -> Departure:
    """Work on a task to its end. What the endpoint failed at is never the agent's failure."""
    talk = Conversation(connection, assignment)
    try:
        return await talk.held()
    except ModelFailed as error:
        return Departure(how="failed", note=str(error.message))
    except TooLong as error:
        return Departure(how="finished", note=f"the conversation became too long: {error.message}")


class Call(NamedTuple):
    """A call that can be made."""

    tool: Offered
    arguments: dict[str, object]
    part: ToolCallPart


class Conversation:
    """One task's exchange of messages between a model and its tools."""

    def __init__(self, connection: Connection, assignment: Assignment) -> None:
        self._connection = connection
        self._assignment = assignment
        self._tools = offered_tools(assignment.client)
        self._definitions = [tool.definition for tool in self._tools.values()]
        self._messages: list[ModelMessage] = []
        self._wasted = 0

    async def held(self) -> Departure:
        """Exchange messages until the model calls nothing any more, or nothing that there is for too long.

        Raises ModelFailed and TooLong.
        """
        parts: Sequence[ModelRequestPart] = [UserPromptPart(self._assignment.task)]
        while True:
            self._messages.append(ModelRequest(parts, instructions=INSTRUCTIONS))
            self._assignment.mind.asked(host.monotonic_ns())
            response = await self._connection.ask(self._messages, self._definitions)
            self._assignment.mind.heard()
            self._messages.append(response)
            self._note(response)
            calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
            if not calls:
                return _departure(response)
            meant = [self._meant(call) for call in calls]
            self._wasted = self._wasted + 1 if all(isinstance(one, ToolReturnPart) for one in meant) else 0
            if self._wasted >= _WASTED_MAX:  # no step shows it, so nobody else would notice
                return Departure(
                    how="finished", note=f"{_WASTED_MAX} messages in a row called nothing that can be called"
                )
            parts = await self._answers(meant)

    def _note(self, response: ModelResponse) -> None:
        """Leave the thoughts and the usage where the record finds them."""
        mind = self._assignment.mind
        mind.model = response.model_name or mind.model
        for part in response.parts:
            if isinstance(part, TextPart | ThinkingPart):
                mind.think(part.content)
        mind.spend(response.usage.input_tokens, response.usage.output_tokens)

    async def _answers(self, meant: Sequence[Call | ToolReturnPart]) -> list[ToolReturnPart]:
        """The answers to calls that are made at once, in the order of the calls."""
        answers: dict[int, ToolReturnPart] = {}

        async def answer(place: int, one: Call | ToolReturnPart) -> None:
            answers[place] = one if isinstance(one, ToolReturnPart) else await self._called(one)

        async with anyio.create_task_group() as group:
            for place, one in enumerate(meant):
                group.start_soon(answer, place, one)
        return [answers[place] for place in range(len(meant))]

    def _meant(self, call: ToolCallPart) -> Call | ToolReturnPart:
        """What a call asks for, or the answer where it cannot be made."""
        tool = self._tools.get(call.tool_name)
        if tool is None:
            known = ", ".join(self._tools)
            return ToolReturnPart(
                call.tool_name, f"There is no tool {call.tool_name}. Known: {known}", call.tool_call_id
            )
        try:
            return Call(tool, call.args_as_dict(raise_if_invalid=True), call)
        except (ValueError, AssertionError):
            return ToolReturnPart(call.tool_name, "The arguments are not a JSON object.", call.tool_call_id)

    async def _called(self, call: Call) -> ToolReturnPart:
        answer = await self._assignment.client.call(call.tool.server, call.tool.tool, call.arguments)
        return shown(answer, call.part.tool_name, call.part.tool_call_id)


def _departure(response: ModelResponse) -> Departure:
    text = "\n\n".join(part.content for part in response.parts if isinstance(part, TextPart)).strip()
    note = _CUT_SHORT.get(response.finish_reason or "", "")
    return Departure(how="finished", answer=text or None, note=note)
