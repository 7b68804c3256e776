"""What is exported, from which episodes, split how, and what never is."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

import soundstage
from harness.errors import HarnessError
from harness.exporter import ExportError, exporters
from tests.harness.command import Command
from tests.harness.exports.conftest import FORMATS
from tests.harness.exports.runs import CANARIES, rows


def card(folder: Path) -> Any:
    return json.loads((folder / "card.json").read_text())


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_format_has_an_export_here() -> None:
    assert sorted(name.replace("-", "_") for name in FORMATS) == exporters.names()


@pytest.mark.parametrize("name", FORMATS)
def test_no_byte_tells_what_the_agent_did_not_see(exports: Path, name: str) -> None:
    folder = exports / name
    told = {path: data.decode("utf-8", "replace") for path, data in files_of(folder).items()}
    for path in folder.glob("*.parquet"):
        told[path.name] = str(duckdb.read_parquet(str(path)).fetchall())

    assert {(path, canary) for path, text in told.items() for canary in CANARIES if canary in text} == set()
    assert any("Write hello" in text for text in told.values())


@pytest.mark.parametrize("name", FORMATS)
def test_no_scenario_family_is_on_both_sides(exports: Path, name: str) -> None:
    index = rows(exports / name / "episodes.jsonl")
    sides = {side: {row["family"] for row in index if row["split"] == side} for side in ("train", "test")}

    assert sides["train"] | sides["test"] == {"letters", "sums"}
    assert not sides["train"] & sides["test"]
    assert {side["name"]: set(side["families"]) for side in card(exports / name)["sides"]} == sides


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_is_written_again_from_the_same_runs(
    runs: list[Path], exports: Path, tmp_path: Path, name: str
) -> None:
    soundstage.export(*runs, format=name, out=tmp_path / name, split=0.5, license="cc-by-4.0")

    assert files_of(tmp_path / name) == files_of(exports / name)


def test_calls_that_a_model_made_at_once_stand_together(exports: Path) -> None:
    told = [row for side in ("train", "test") for row in rows(exports / "openai" / f"{side}.jsonl")]
    [letters] = [row for row in told if "Write hello" in row["messages"][0]["content"]]

    assert letters["parallel_tool_calls"] is True
    assert [message["role"] for message in letters["messages"]] == [
        "user", "assistant", "tool", "tool", "assistant", "tool", "tool", "assistant", "tool", "assistant", "tool",
        "assistant",
    ]  # fmt: skip
    assert letters["messages"][1]["content"] == "I look at two files at once."
    assert [call["id"] for call in letters["messages"][1]["tool_calls"]] == ["call_1", "call_2"]
    assert "content" not in letters["messages"][9]
    assert letters["messages"][-1] == {"role": "assistant", "content": "done"}


def test_the_card_says_what_there_is_and_by_which_rules(runs: list[Path], exports: Path) -> None:
    told = card(exports / "openai")
    readme = (exports / "openai" / "README.md").read_text()

    assert (told["planned"], told["left_out"], told["outcomes"]) == (6, {"outcome failure": 3}, {"success": 3})
    assert told["filters"]["outcomes"] == ["success"]
    assert [(run["name"], run["exported"], run["model"]) for run in told["runs"]][:2] == [
        ("good-letters", 1, ["scripted-1"]), ("bad-letters", 0, []),
    ]  # fmt: skip
    assert {file["path"]: file["rows"] for file in told["files"]} == {
        "episodes.jsonl": 0, "test.jsonl": told["sides"][1]["rows"], "train.jsonl": told["sides"][0]["rows"],
    }  # fmt: skip
    assert {"name": "shop__read_query", "server": "shop", "tool": "read_query"} in told["tools"]
    assert readme.startswith("---\nlicense: 'cc-by-4.0'\nconfigs:\n")
    assert "Left out: 3 outcome failure." in readme


def test_filters_choose_by_outcome_reward_name_and_length(runs: list[Path], tmp_path: Path) -> None:
    def told(number: int, **filters: Any) -> list[tuple[str, str]]:
        soundstage.export(*runs, format="trl", out=tmp_path / str(number), **filters)
        return [(row["family"], row["outcome"]) for row in rows(tmp_path / str(number) / "episodes.jsonl")]

    assert told(1, outcomes=["failure"]) == [("letters", "failure"), ("sums", "failure"), ("sums", "failure")]
    assert told(2, match="letters") == [("letters", "success")]
    assert told(3, reward_min=0.9, outcomes=["failure", "success"], match="sums") == [("sums", "success")] * 2
    assert told(4, characters_max=300) == [("sums", "success")] * 2
    assert card(tmp_path / "4")["left_out"] == {"it is longer than 300 characters": 1, "outcome failure": 3}


@pytest.mark.parametrize("name", ["openai", "atif", "parquet"])
def test_both_sides_of_a_split_hold_something(runs: list[Path], tmp_path: Path, name: str) -> None:
    """Also where the family that a side was to hold turns out to be too long."""
    totals = tmp_path / "totals"
    shutil.copytree(runs[2], totals)
    manifest = totals / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"template": "sums"', '"template": "totals"'))
    chosen: Any = {"format": name, "split": 0.5, "characters_max": 300}

    for seed in range(1, 5):
        out = tmp_path / str(seed)
        found = soundstage.export(runs[0], runs[2], totals, out=out, split_seed=seed, **chosen)
        assert sorted(side.families for side in found.sides) == [("sums",), ("totals",)]
        assert found.left_out == {"it is longer than 300 characters": 1}
        assert all(list(out.glob(files)) for files in found.data_files.values())
    with pytest.raises(ExportError, match=r"only one scenario family is left.*: sums; left out: 1 it is longer"):
        soundstage.export(runs[0], runs[2], out=tmp_path / "one", **chosen)


def test_thoughts_can_be_left_out(runs: list[Path], tmp_path: Path) -> None:
    soundstage.export(runs[0], format="trl", out=tmp_path / "a", thoughts=False)

    assert "I look at two files" not in (tmp_path / "a" / "train.jsonl").read_text()


def test_nothing_is_overwritten_and_nothing_is_left_behind_by_what_fails(
    runs: list[Path], tmp_path: Path, soundstage: Command
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("mine")
    broken = tmp_path / "broken"
    shutil.copytree(runs[0], broken)
    shutil.rmtree(broken / "states")

    refused = soundstage("export", runs[0], "--format", "trl", "--out", "full")
    lost = soundstage("export", "broken", "--format", "trl", "--out", "new")
    alone = soundstage("export", runs[0], "--format", "trl", "--out", "new", "--split", "0.5")
    nothing = soundstage("export", runs[0], "--format", "trl", "--out", "new", "--outcome", "timeout")
    unpaired = soundstage("export", runs[0], "--format", "trl-preference", "--out", "new")
    unknown = soundstage("export", runs[0], "--format", "trl", "--out", "new", "--arm", "calm")
    twice = soundstage("export", runs[0], runs[0], "--format", "trl", "--out", "new")

    assert (refused.status, "full is there already" in refused.err) == (2, True)
    assert (lost.status, "run it again" in lost.err) == (2, True)
    assert (alone.status, "one scenario family cannot be split: letters" in alone.err) == (2, True)
    assert (nothing.status, "nothing is left to export: 1 outcome success" in nothing.err) == (5, True)
    assert (unpaired.status, "nothing to compare it with" in unpaired.err) == (5, True)
    assert (unknown.status, "no run has the arm 'calm'" in unknown.err) == (2, True)
    assert (twice.status, "is named twice" in twice.err) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "full"]


def test_the_command_says_what_it_wrote(runs: list[Path], tmp_path: Path, soundstage: Command) -> None:
    ran = soundstage("export", runs[0], runs[1], "--format", "trl-preference", "--out", "pairs")

    assert ran.status == 0
    assert ran.out.splitlines() == [
        "1 rows from 2 of 2 planned episodes, for trl-preference.",
        "  train: 1 rows of 1 scenario families",
        "The card states no licence; --license says one.",
        "Card: pairs/README.md",
    ]


def test_unknown_formats_are_refused_with_the_known_ones(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises((HarnessError, soundstage.WorldError), match="atif, openai, parquet, trl"):
        soundstage.export(runs[0], format="csv", out=tmp_path / "new")
