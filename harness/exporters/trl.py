"""TRL's conversational format: `messages` and `tools`, for supervised fine-tuning."""

from collections.abc import Iterable, Iterator

from harness.exporter import exporters
from harness.exporting.example import Example
from harness.exporting.lines import LineFormat, Row, offered
from harness.exporting.messages import begun, function, learned, messages
from harness.trajectory import Outcome


@exporters.register("trl")
class Trl(LineFormat):
    """`{"messages": [...], "tools": [...]}`; arguments are objects, as chat templates want them."""

    outcomes: tuple[Outcome, ...] = ("success",)

    def rows(self, examples: Iterable[Example]) -> Iterator[Row]:
        """A row for each conversation."""
        for example, conversation in offered(examples):
            told = learned([*begun(conversation), *messages(conversation.events, dict)])
            yield {"messages": told, "tools": [function(tool) for tool in conversation.tools]}, (example,)
