"""Arms: each is judged for itself, and shown wherever its episodes are."""

import json
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import pytest

from tests.harness.command import Command
from tests.harness.scenes import write_scene
from tests.harness.test_fault_runs import BANK, PLAIN

LOSING: Final = """
profile: losing
description: Writes are lost.
rules:
  - {name: lost, on: "*.write_query", fault: lost_write}
"""


def run(soundstage: Command, folder: Path, *words: str) -> Any:
    """A run of the bank in two arms: one without faults, one in which writes are lost."""
    write_scene(folder, BANK, "bank")
    (folder / "agent.yaml").write_text(PLAIN, encoding="utf-8")
    (folder / "losing.yaml").write_text(LOSING, encoding="utf-8")
    arms = ("--faults", "calm", "--faults", "losing.yaml")
    return soundstage("run", "bank.yaml", "--agent", "script:agent.yaml", *arms, "--out", "out", *words)


@pytest.mark.parametrize(
    ("rule", "status", "arm"),
    [
        ("success>=0.5", 4, "losing.yaml"),
        ("success[calm]>=1", 0, "calm"),
        ("bank:success[losing*]<=0", 0, "losing.yaml"),
    ],
)
def test_a_run_is_judged_arm_by_arm(soundstage: Command, tmp_path: Path, rule: str, status: int, arm: str) -> None:
    found = run(soundstage, tmp_path, "--threshold", rule, "--json")

    (judged,) = json.loads(found.out)["thresholds"]
    assert (found.status, judged["arm"], judged["value"]) == (status, arm, float(arm == "calm"))


def test_arms_that_nobody_asked_for_are_refused_before_anything_is_run(soundstage: Command, tmp_path: Path) -> None:
    found = run(soundstage, tmp_path, "--threshold", "success[nope]>=0.5")

    assert found.status not in (0, 4) and "no arm is named 'nope'" in found.err
    assert not (tmp_path / "out").exists()


def test_arms_are_shown_wherever_their_episodes_are(soundstage: Command, tmp_path: Path) -> None:
    printed = run(soundstage, tmp_path, "--threshold", "success>=0.5", "--junit", "junit.xml").out
    listed = soundstage("list", "--runs", ".").out
    (told,) = json.loads(soundstage("list", "--runs", ".", "--json").out)["runs"]
    shown = soundstage("show", "out").out
    (file,) = [planned["file"] for planned in told["planned"] if planned["arm"] == "losing.yaml"]
    episode = soundstage("show", f"out/{file}")
    suites = {suite.get("name"): suite for suite in ElementTree.parse(tmp_path / "junit.xml").getroot()}

    assert "success>=0.5" in printed and "@losing.yaml" in printed
    assert "faults calm" in listed and "faults losing.yaml" in listed
    assert [(arm["name"], arm["success"]["value"]) for arm in told["arms"]] == [("calm", 1.0), ("losing.yaml", 0.0)]
    assert "bank @calm" in shown and "bank @losing.yaml" in shown
    assert "arm losing.yaml" in episode.out
    assert [case.get("name") for case in suites["bank"].iter("testcase")] == ["bank @calm", "bank @losing.yaml"]
    (missed,) = suites["thresholds"].iter("failure")
    assert "@losing.yaml" in str(missed.get("message"))
