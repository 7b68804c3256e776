"""TRL's preference pairs: an explicit prompt, and the better and the worse way to go on from it."""

from collections.abc import Iterable, Iterator

from harness.exporter import exporters
from harness.exporting.conversation import Event
from harness.exporting.example import Example
from harness.exporting.lines import LineFormat, Row
from harness.exporting.messages import Message, begun, function, learned, messages
from harness.exporting.pairing import pairs_of
from harness.trajectory import Outcome


@exporters.register("trl_preference")
class TrlPreference(LineFormat):
    """`{"prompt": [...], "chosen": [...], "rejected": [...], "tools": [...]}`."""

    outcomes: tuple[Outcome, ...] = ()

    def rows(self, examples: Iterable[Example]) -> Iterator[Row]:
        """A row for each pair."""
        for pair in pairs_of(examples):
            row = {
                "prompt": [*begun(pair.conversation), *messages(pair.prompt, dict)],
                "chosen": _completion(pair.chosen),
                "rejected": _completion(pair.rejected),
                "tools": [function(tool) for tool in pair.conversation.tools],
            }
            yield row, (pair.better, pair.worse)


def _completion(events: tuple[Event, ...]) -> list[Message]:
    return learned(messages(events, dict))
