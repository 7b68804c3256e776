"""The real readers of training data, in an environment of their own: says as JSON what they found in four exports.

Called with a folder that holds one export for each format, by the formats' names.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import datasets
from harbor.models.trajectories import Trajectory
from harbor.utils.trajectory_validator import TrajectoryValidator
from openai.types import chat
from pydantic import ConfigDict, TypeAdapter
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from trl.data_utils import apply_chat_template, extract_prompt, is_conversational

TEMPLATE = """
{%- for tool in tools or [] %}<tool>{{ tool | tojson }}</tool>
{% endfor %}
{%- for message in messages %}<{{ message.role }}>{{ message.content or "" }}
{%- for call in message.tool_calls or [] %}<call>{{ call.function.name }}({{ call.function.arguments | tojson }})</call>
{%- endfor %}</{{ message.role }}>
{% endfor %}
{%- if add_generation_prompt %}<assistant>{% endif %}"""


def strict(kind: Any) -> Any:
    """A validator of a type of the SDK that takes no other keys."""
    kind.__pydantic_config__ = ConfigDict(extra="forbid")
    return TypeAdapter(kind)


MESSAGES = {
    "system": strict(chat.ChatCompletionSystemMessageParam),
    "user": strict(chat.ChatCompletionUserMessageParam),
    "assistant": strict(chat.ChatCompletionAssistantMessageParam),
    "tool": strict(chat.ChatCompletionToolMessageParam),
}
TOOL = strict(chat.ChatCompletionFunctionToolParam)
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def tokenizer() -> Any:
    """A tokenizer of a handful of words with a chat template, made here."""
    made = Tokenizer(models.WordLevel({"<unk>": 0, "</s>": 1}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="</s>", unk_token="<unk>", chat_template=TEMPLATE)


def exhausted(value: Any) -> Any:
    """What a validator returns, with its lazy sequences read to their ends, so that they are validated."""
    if isinstance(value, dict):
        return {key: exhausted(item) for key, item in value.items()}
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value
    return [exhausted(item) for item in value]


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def openai_rows(folder: Path) -> int:
    """Every row is what the interface takes, and every call is answered before anything else is said."""
    rows = [row for name in ("train", "test") for row in lines(folder / f"{name}.jsonl")]
    for row in rows:
        assert set(row) <= {"messages", "tools", "parallel_tool_calls"}
        for tool in row["tools"]:
            exhausted(TOOL.validate_python(tool))
            assert NAME.fullmatch(tool["function"]["name"])
        waiting: list[str] = []
        for message in row["messages"]:
            exhausted(MESSAGES[message["role"]].validate_python(message))
            assert (message["role"] == "tool") == bool(waiting)
            if waiting:
                assert message["tool_call_id"] == waiting.pop(0)
            waiting = waiting or [call["id"] for call in message.get("tool_calls", ())]
            for call in message.get("tool_calls", ()):
                assert isinstance(json.loads(call["function"]["arguments"]), dict)
                assert call["function"]["name"] in {tool["function"]["name"] for tool in row["tools"]}
        assert row["messages"][-1]["role"] == "assistant"
    return len(rows)


def trl_rows(folder: Path) -> list[str]:
    """What is loaded is what was written, and chat templates take it; returns the texts."""
    loaded = datasets.load_dataset(str(folder))
    texts = []
    for side in ("train", "test"):
        assert [dict(row) for row in loaded[side]] == lines(folder / f"{side}.jsonl")
        for row in loaded[side]:
            assert is_conversational(row)
            texts.append(apply_chat_template(row, tokenizer())["text"])
    return texts


def preference_rows(folder: Path) -> list[Any]:
    """Pairs with a prompt that is exactly what both begin with."""
    loaded = datasets.load_dataset(str(folder))
    texts = []
    for side in ("train", "test"):
        assert [dict(row) for row in loaded[side]] == lines(folder / f"{side}.jsonl")
        for row in loaded[side]:
            assert is_conversational(row)
            whole = {key: row["prompt"] + row[key] for key in ("chosen", "rejected")}
            assert extract_prompt(whole)["prompt"] == row["prompt"]
            texts.append(apply_chat_template(row, tokenizer()))
    return texts


def atif_files(folder: Path) -> int:
    """Every file is a trajectory, and comes back as it was written."""
    paths = sorted(folder.glob("t*/*.json"))
    for path in paths:
        validator = TrajectoryValidator()
        assert validator.validate(path), validator.errors
        written = json.loads(path.read_text(encoding="utf-8"))
        assert Trajectory.model_validate(written).to_json_dict() == written
    return len(paths)


def parquet_rows(folder: Path) -> list[Any]:
    loaded = datasets.load_dataset(str(folder))
    return [dict(row) for side in ("train", "test") for row in loaded[side]]


exports = Path(sys.argv[1])
datasets.disable_progress_bars()
found = {
    "openai": openai_rows(exports / "openai"),
    "trl": trl_rows(exports / "trl"),
    "trl-preference": preference_rows(exports / "trl-preference"),
    "atif": atif_files(exports / "atif"),
    "parquet": parquet_rows(exports / "parquet"),
}
print(json.dumps(found))
