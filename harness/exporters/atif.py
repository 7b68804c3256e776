"""ATIF, the agent trajectory interchange format: a file of its own for each episode."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from harness.exporter import Written, exporters
from harness.exporting.conversation import Acted, Call, Conversation, Event, Heard
from harness.exporting.example import Example
from harness.exporting.messages import function
from harness.trajectory import Outcome

VERSION: Final = "ATIF-v1.7"
_UNKNOWN: Final = "unknown"
"""Which version of itself an agent is, nobody says."""


@exporters.register("atif")
class Atif:
    """One trajectory document a file. Figures that nobody measured, such as token ids, are left out."""

    outcomes: tuple[Outcome, ...] = ()
    data_files = "{split}/*.json"

    def write(self, folder: Path, split: str, examples: Iterable[Example]) -> Iterator[Written]:
        """Write a split into a folder. Raises OSError."""
        for example in examples:
            conversation = example.conversation()
            if conversation is None:
                continue
            name = f"{split}/{example.run}.{example.path.stem}.json"
            (folder / split).mkdir(exist_ok=True)
            (folder / name).write_bytes(orjson.dumps(_document(example, conversation), option=orjson.OPT_INDENT_2))
            yield Written(name, 0, (example,))


def _document(example: Example, conversation: Conversation) -> dict[str, Any]:
    system = [{"source": "system", "message": conversation.system}] if conversation.system else []
    steps = [*system, *map(_step, conversation.events)]
    return {
        "schema_version": VERSION,
        "session_id": example.name,
        "trajectory_id": example.opening.trajectory_id,
        "agent": _agent(example, conversation),
        "steps": [{"step_id": number, **step} for number, step in enumerate(steps, 1)],
        "final_metrics": _metrics(example, len(steps)),
    }


def _agent(example: Example, conversation: Conversation) -> dict[str, Any]:
    model = example.closing.model or example.opening.agent.model
    return {
        "name": example.opening.agent.kind,
        "version": _UNKNOWN,
        **({"model_name": model} if model else {}),
        "tool_definitions": [function(tool) for tool in conversation.tools],
    }


def _step(event: Event) -> dict[str, Any]:
    if not isinstance(event, Acted):
        return {"source": "user" if isinstance(event, Heard) else "agent", "message": event.text}
    answers = [_answer(call) for call in event.calls if call.result is not None]
    return {
        "source": "agent",
        "timestamp": event.calls[-1].time,
        "message": "",
        **({"reasoning_content": event.thought} if event.thought else {}),
        "tool_calls": [_call(call) for call in event.calls],
        **({"observation": {"results": answers}} if answers else {}),
        **({"is_copied_context": True} if event.copied else {}),
    }


def _call(call: Call) -> dict[str, Any]:
    return {"tool_call_id": call.id, "function_name": call.name, "arguments": dict(call.arguments)}


def _answer(call: Call) -> dict[str, Any]:
    return {"source_call_id": call.id, "content": call.result}


def _metrics(example: Example, steps: int) -> dict[str, Any]:
    usage = example.closing.usage
    if usage is None or usage.estimated:
        return {"total_steps": steps}
    tokens = {"total_prompt_tokens": usage.input_tokens, "total_completion_tokens": usage.output_tokens}
    return {**tokens, "total_steps": steps}
