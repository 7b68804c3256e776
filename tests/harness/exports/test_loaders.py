"""The real readers of training data take what is exported, in an environment of their own."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.harness.exports.runs import rows
from tests.tools import require_venv

NEEDED = ["openai>=3.54,<4", "datasets==5.2.0", "jinja2>=3.1", "regex", "safetensors", "tokenizers"]
BARE = ["transformers>=5,<6", "trl==1.16.0", "harbor==0.24.0"]
"""Of these only what reads and writes data is imported, which needs no tensors."""
READERS = Path(__file__).parents[1] / "foreign" / "trainers.py"


@pytest.fixture(scope="module")
def found(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the readers found, or why one of them refused."""
    python = require_venv("trainers", NEEDED, BARE) / "bin" / "python"
    cache = tmp_path_factory.mktemp("cache")
    environment = {**os.environ, "HF_HOME": str(cache), "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        [python, READERS, exports], capture_output=True, text=True, check=False, timeout=900, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_openais_own_types_take_every_row(found: Any) -> None:
    assert found["openai"] == 3


def test_trl_loads_what_was_written_and_chat_templates_take_it(found: Any) -> None:
    [letters] = [text for text in found["trl"] if "Write hello" in text]

    assert len(found["trl"]) == 3
    assert '<call>files__read_text_file({"path": "/w/a.txt", "head": null, "tail": 3})</call>' in letters
    assert "<tool>[image/png, 8 bytes]</tool>" in letters
    assert letters.endswith("<assistant>done</assistant>\n")


def test_trl_finds_the_same_prompt_before_both_of_a_pair(found: Any) -> None:
    [letters] = [pair for pair in found["trl-preference"] if "Write hello" in pair["prompt"]]

    assert len(found["trl-preference"]) == 3
    assert "And at a picture." in letters["prompt"]
    assert letters["prompt"].endswith("<assistant>")
    assert "I ask, too." in letters["chosen"] and "I guess." in letters["rejected"]


def test_harbors_own_validator_takes_every_trajectory(found: Any) -> None:
    assert found["atif"] == 6


def test_parquet_reads_the_same_everywhere(found: Any, exports: Path) -> None:
    both = "', '".join(str(exports / "parquet" / f"{side}.parquet") for side in ("train", "test"))
    with duckdb.connect() as connection:
        told = connection.execute(f"select to_json(r) from read_parquet(['{both}']) r").fetchall()

    assert [json.loads(row) for (row,) in told] == found["parquet"]
    assert {(row["run"], row["outcome"]) for row in found["parquet"]} == {
        ("good-letters", "success"), ("bad-letters", "failure"), ("good-sums", "success"), ("bad-sums", "failure"),
    }  # fmt: skip
    assert [len(row["messages"]) > 1 for row in found["parquet"]] == [True] * 6


def test_the_index_says_which_row_is_which_episode(exports: Path) -> None:
    index = rows(exports / "trl-preference" / "episodes.jsonl")

    assert [(row["outcome"], row["row"]) for row in index if row["split"] == index[0]["split"]][:2] == [
        ("success", 0), ("failure", 0),
    ]  # fmt: skip
