"""Shares of a run: every episode in one of them, pairs together, and put together they are the run in one piece."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.recording.run_folder import RunFolder
from harness.store.query import rows_of
from tests.harness.command import Command
from tests.harness.scenes import record_of
from tests.harness.store.runs import ARMS, run, told

NAMES = ("one", "two", "three")


def shards(soundstage: Command, folder: Path, of: int, *words: str) -> list[Path]:
    """A run in so many shares."""
    for number in range(1, of + 1):
        run(soundstage, folder, *words, "--shard", f"{number}/{of}", "--out", f"s{number}", names=NAMES)
    return [folder / f"s{number}" for number in range(1, of + 1)]


def planned(folder: Path) -> list[tuple[str, int, str]]:
    """The episodes of a run."""
    return [(each.scenario, each.trial, each.arm) for each in RunFolder(folder).manifest().planned]


def test_shards_put_together_are_the_run_in_one_piece(soundstage: Command, tmp_path: Path) -> None:
    words = ("--trials", "2", *ARMS)
    whole = run(soundstage, tmp_path, *words, "--out", "whole", "--json", names=NAMES)
    parts = shards(soundstage, tmp_path, 4, *words)

    merged = soundstage("merge", *parts, "--out", "merged", "--json")
    sizes = [len(planned(part)) for part in parts]

    assert (
        sorted(each for part in parts for each in planned(part)) == sorted(planned(tmp_path / "whole"))
        and max(sizes) - min(sizes) <= 2
    )
    assert all(
        count == 2 for part in parts for count in Counter((name, trial) for name, trial, _ in planned(part)).values()
    )
    assert (merged.status, told(json.loads(merged.out))) == (whole.status, told(json.loads(whole.out)))
    assert planned(tmp_path / "merged") == planned(tmp_path / "whole")
    for each in RunFolder(tmp_path / "whole").manifest().planned:
        assert record_of(tmp_path / "merged" / each.file) == record_of(tmp_path / "whole" / each.file)
    query = "select episode, step, tool, arguments, faults from steps"
    assert rows_of(["merged"], query) == rows_of(["whole"], query)
    assert (
        soundstage("show", "merged/episodes/three@calm-2.jsonl", "--at", 2, "--file", "/workspace/out.txt").out
        == "hello"
    )


def test_a_share_that_is_still_played_is_waited_for(soundstage: Command, tmp_path: Path) -> None:
    parts = shards(soundstage, tmp_path, 2)
    with RunFolder(parts[1]).held():
        found = soundstage("merge", *parts, "--out", "merged")

    assert found.status == 2 and "s2 is being run" in found.err and not (tmp_path / "merged").exists()


def test_a_share_says_how_much_of_the_run_it_is(soundstage: Command, tmp_path: Path) -> None:
    ran = run(soundstage, tmp_path, "--trials", "2", *ARMS, "--shard", "2/4", "--out", "part", names=NAMES)

    assert f"Share 2 of 4: {len(planned(tmp_path / 'part'))} of 12 episodes." in ran.out


def test_thresholds_are_judged_over_the_whole(soundstage: Command, tmp_path: Path) -> None:
    """What the shares were given, or what the merge is given; and a share alone is no failure of the agent."""
    parts = shards(soundstage, tmp_path, 2, *ARMS, "--threshold", "success[calm]>=1")
    failing = run(
        soundstage, tmp_path, *ARMS, "--shard", "1/2", "--threshold", "success>=1", "--out", "again", names=NAMES
    )

    kept = soundstage("merge", *parts, "--out", "kept", "--json")
    missed = soundstage(
        "merge", *parts, "--out", "missed", "--threshold", "success[losing.yaml]>=0.5", "--junit", "j.xml"
    )

    assert failing.status == 0
    assert kept.status == 0 and [each["state"] for each in json.loads(kept.out)["thresholds"]] == ["met"]
    assert missed.status == 4 and (tmp_path / "j.xml").is_file()


def test_missing_doubled_and_foreign_shards_are_named(soundstage: Command, tmp_path: Path) -> None:
    one, two = shards(soundstage, tmp_path, 2)
    run(soundstage, tmp_path, "--shard", "2/2", "--seed", "5", "--out", "seed", names=NAMES)
    run(soundstage, tmp_path, "--out", "whole", names=NAMES)

    tried: list[tuple[list[Any], str]] = [
        ([one], "shard 2/2 is missing"),
        ([one, two, shutil.copytree(two, tmp_path / "copy")], "shard 2/2 is given twice"),
        ([one, tmp_path / "seed"], "seed is 5 and 1"),
        ([one, tmp_path / "whole"], "is a whole run"),
        ([], "no shard was named"),
    ]

    for given, words in tried:
        found = soundstage("merge", *given, "--out", "out")
        assert (found.status, words in found.err) == (2, True), found.err
        assert not (tmp_path / "out").exists()


def test_a_missing_shard_counts_as_not_run_and_can_be_run_later(soundstage: Command, tmp_path: Path) -> None:
    one, _ = shards(soundstage, tmp_path, 2)

    partial = soundstage("merge", one, "--partial", "--out", "out", "--json")
    resumed = soundstage("run", "--resume", "out", "--json")

    assert (partial.status, json.loads(partial.out)["planned"], json.loads(partial.out)["not_run"]) == (3, 3, 1)
    assert (resumed.status, json.loads(resumed.out)["valid"]) == (0, 3)


def test_more_shards_than_episodes_leave_some_empty(soundstage: Command, tmp_path: Path) -> None:
    parts = shards(soundstage, tmp_path, 4)

    merged = soundstage("merge", *parts, "--out", "out", "--json")

    assert planned(parts[3]) == []
    assert (merged.status, json.loads(merged.out)["valid"]) == (0, 3)


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "a/b", "1/0"])
def test_a_shard_that_cannot_be_is_refused(soundstage: Command, tmp_path: Path, shard: str) -> None:
    found = run(soundstage, tmp_path, "--shard", shard)

    assert found.status == 2 and "I/N" in found.err
