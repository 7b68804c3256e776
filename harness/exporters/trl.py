"""TRL's conversational format: `messages` and `tools`, for supervised fine-tuning."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.exporter import Written, exporters
from harness.exporting.example import Example
from harness.exporting.lines import Row, write_lines
from harness.exporting.messages import begun, function, learned, messages
from harness.trajectory import Outcome


@exporters.register("trl")
class Trl:
    """`{"messages": [...], "tools": [...]}`; arguments are objects, as chat templates want them."""

    outcomes: tuple[Outcome, ...] = ("success",)
    data_files = "{split}.jsonl"

    def write(self, folder: Path, split: str, examples: Iterable[Example]) -> Iterable[Written]:
        """Write a split into a folder. Raises OSError."""
        return write_lines(folder, self.data_files.format(split=split), _rows(examples))


def _rows(examples: Iterable[Example]) -> Iterator[Row]:
    for example in examples:
        conversation = example.conversation(offered_only=True)
        if conversation is not None:
            told = learned([*begun(conversation), *messages(conversation.events, dict)])
            yield {"messages": told, "tools": [function(tool) for tool in conversation.tools]}, (example,)
