"""OpenAI chat fine-tuning: a conversation a line, with its tools."""

from collections.abc import Iterable, Iterator
from typing import Final

from harness.exporter import exporters
from harness.exporting.conversation import Conversation, Tool
from harness.exporting.example import Example
from harness.exporting.lines import LineFormat, Row, offered, spelled
from harness.exporting.messages import Message, begun, function, learned, messages
from harness.trajectory import Outcome

TOOLS_MAX: Final = 128
DESCRIPTION_CHARACTERS_MAX: Final = 1_024
"""The interface takes no longer ones: they are cut."""
_REASON: Final = f"it has more than {TOOLS_MAX} tools"


@exporters.register("openai")
class OpenAI(LineFormat):
    """`{"messages": [...], "tools": [...], "parallel_tool_calls": ...}`; arguments are texts that hold JSON."""

    outcomes: tuple[Outcome, ...] = ("success",)

    def rows(self, examples: Iterable[Example]) -> Iterator[Row]:
        """A row for each conversation that has not too many tools."""
        for example, conversation in offered(examples):
            if len(conversation.tools) > TOOLS_MAX:
                example.telling.left_out[_REASON] += 1
            else:
                yield _row(conversation), (example,)


def _row(conversation: Conversation) -> dict[str, object]:
    told = learned([*begun(conversation), *messages(conversation.events, spelled)])
    row: dict[str, object] = {"messages": [_message(message) for message in told]}
    if conversation.tools:
        row["tools"] = [function(tool, _description(tool)) for tool in conversation.tools]
        row["parallel_tool_calls"] = conversation.is_parallel
    return row


def _message(message: Message) -> Message:
    """As the interface wants it: answers carry no name, and calls without a word no content."""
    kept = {key: value for key, value in message.items() if key != "name"}
    if "tool_calls" in kept and not kept["content"]:
        del kept["content"]
    return kept


def _description(tool: Tool) -> str:
    told, longest = tool.description, DESCRIPTION_CHARACTERS_MAX
    return told if len(told) <= longest else f"{told[: longest - 1]}…"
