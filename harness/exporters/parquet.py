"""Parquet: a row for each episode, with its messages, its outcome and its reward."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from harness.exporter import Written, exporters
from harness.exporting.conversation import Conversation
from harness.exporting.example import Example
from harness.exporting.lines import Row, spelled, write_lines
from harness.exporting.messages import Message, begun, function, messages
from harness.trajectory import Outcome

_CALL: Final = "STRUCT(id VARCHAR, name VARCHAR, arguments VARCHAR)"
_MESSAGE: Final = f"STRUCT(role VARCHAR, content VARCHAR, tool_calls {_CALL}[], tool_call_id VARCHAR, name VARCHAR)"
_COLUMNS: Final = {
    "id": "VARCHAR",
    "run": "VARCHAR",
    "scenario": "VARCHAR",
    "family": "VARCHAR",
    "variant": "VARCHAR",
    "trial": "INTEGER",
    "arm": "VARCHAR",
    "seeds": 'STRUCT(world BIGINT, "user" BIGINT, faults BIGINT, agent BIGINT)',
    "agent": "VARCHAR",
    "model": "VARCHAR",
    "outcome": "VARCHAR",
    "reward": "DOUBLE",
    "steps": "INTEGER",
    "messages": f"{_MESSAGE}[]",
    "tools": "VARCHAR",
}
_ROW_BYTES_MAX: Final = 1 << 30
_PARTIAL: Final = "rows.partial"


@exporters.register("parquet")
class Parquet:
    """Columns that are the same for every run; arguments, variants and tools are texts that hold JSON."""

    outcomes: tuple[Outcome, ...] = ()
    data_files = "{split}.parquet"

    def write(self, folder: Path, split: str, examples: Iterable[Example]) -> Iterator[Written]:
        """Write a split into a folder. Raises OSError."""
        name = self.data_files.format(split=split)
        written = [Written(name, each.row, each.examples) for each in write_lines(folder, _PARTIAL, _rows(examples))]
        if written:
            _convert(folder / _PARTIAL, folder / name)
        (folder / _PARTIAL).unlink()
        yield from written


def _convert(lines: Path, target: Path) -> None:
    import duckdb  # half a second that other formats need not pay

    columns = ", ".join(f"{name!r}: '{kind}'" for name, kind in _COLUMNS.items())
    given = f"format = 'newline_delimited', maximum_object_size = {_ROW_BYTES_MAX}, columns = {{{columns}}}"
    read = f"select * from read_json({_quoted(lines)}, {given})"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set enable_progress_bar = false")  # it would be drawn on standard output
        connection.execute(f"copy ({read}) to {_quoted(target)} (format parquet, compression zstd)").fetchall()


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _rows(examples: Iterable[Example]) -> Iterator[Row]:
    for example in examples:
        conversation = example.conversation()
        if conversation is not None:
            yield _row(example, conversation), (example,)


def _row(example: Example, conversation: Conversation) -> dict[str, Any]:
    opening, closing = example.opening, example.closing
    told = [*begun(conversation), *messages(conversation.events, spelled)]
    return {
        "id": opening.trajectory_id,
        "run": example.run,
        "scenario": opening.scenario,
        "family": example.family,
        "variant": spelled(opening.variant),
        "trial": opening.trial,
        "arm": opening.arm,
        "seeds": opening.seeds.model_dump(),
        "agent": opening.agent.kind,
        "model": closing.model or opening.agent.model,
        "outcome": closing.outcome,
        "reward": closing.reward,
        "steps": closing.steps,
        "messages": [_message(message) for message in told],
        "tools": spelled([function(tool) for tool in conversation.tools]),
    }


def _message(message: Message) -> Message:
    """The message with its calls in one level."""
    if "tool_calls" not in message:
        return message
    calls = [{"id": call["id"], **call["function"]} for call in message["tool_calls"]]
    return {**message, "tool_calls": calls}
