"""Episodes on a cluster: the same as in one process, and nothing of it is left."""

import json
from pathlib import Path

from tests.harness.command import Command
from tests.harness.ray.clusters import ON_RAY, PATIENCE_S, closings, marked, started, until
from tests.harness.runs import played, steady
from tests.harness.scenes import NOTE, write_scene
from tests.harness.talks import DESK


def test_episodes_on_a_cluster_equal_those_in_one_process(soundstage: Command, tmp_path: Path) -> None:
    (tmp_path / "scenes").mkdir()
    write_scene(tmp_path / "scenes", NOTE.replace("hello}", "hallo}", 1))
    write_scene(tmp_path / "scenes", DESK, "desk")
    words = ["scenes", "--agent", "script:reference", "--trials", 2, "--faults", "calm", "--faults", "slow-lane"]

    there = started(tmp_path, *words, "--out", "there", "--json", *ON_RAY, "--parallel", 3)
    here = soundstage("run", *words, "--out", "here", "--json")
    out, err = there.communicate(timeout=PATIENCE_S)

    assert (there.returncode, err) == (here.status, ""), (out, closings(tmp_path / "there"))
    assert steady(json.loads(out)) == steady(json.loads(here.out))
    assert played(tmp_path / "there") == played(tmp_path / "here")
    assert len(played(tmp_path / "there")) == 8
    until(lambda: not marked(tmp_path))
