"""Parts of a cluster that are killed in mid-run: what was under way is played again, what had ended stays."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.harness.agents import PRELUDE
from tests.harness.command import Command
from tests.harness.ray.clusters import ON_RAY, PATIENCE_S, actor_of, actors, head, marked, players, started, until
from tests.harness.runs import played, steady
from tests.harness.scenes import write_scene
from tests.harness.test_command_agents import alive

TRIALS = 4
FLOWING = {"world_time", "world_seconds", "arrived_ns", "effect_ns", "told_ns", "delta"}
"""What worlds take from the host's clock while a command acts in them."""
AGENT = """
import pathlib
folder = pathlib.Path(sys.argv[1])
call("read_text_file", path="/workspace/a.txt")
try:
    (folder / "first").touch(exist_ok=False)
except FileExistsError:
    with (folder / "waiting").open("a") as file:
        file.write(f"{os.getpid()} ")
    while not (folder / "gate").exists():
        time.sleep(0.02)
call("write_file", path="/workspace/out.txt", content="hello")
answer("done")
"""


def words(folder: Path) -> list[str]:
    """What is run: one episode ends at once, whichever comes first; all others wait for a file named `gate`."""
    (folder / "agent.py").write_text(PRELUDE + AGENT)
    write_scene(folder)
    agent = shlex.join([sys.executable, str(folder / "agent.py"), str(folder)])
    return ["note.yaml", "--agent", agent, "--trials", str(TRIALS), "--json"]


def waiting(folder: Path) -> list[int]:
    """Processes of agents that wait or have waited, in the order in which they began to."""
    path = folder / "waiting"
    return list(map(int, path.read_text().split())) if path.exists() else []


def ended(run: Path) -> dict[str, bytes]:
    """The records of a run, byte for byte."""
    return {path.name: path.read_bytes() for path in (run / "episodes").glob("*.jsonl")}


def timeless(value: Any) -> Any:
    """Every record of a run in a folder, without what any clock says."""
    if isinstance(value, Path):
        return timeless(played(value))
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if key not in FLOWING}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def run_in_midst(folder: Path) -> subprocess.Popen[str]:
    """A run on two actors, one episode of which has ended; two are under way, and cannot end."""
    run = started(folder, *words(folder), "--out", "out", *ON_RAY, "--parallel", 2)
    until(lambda: (len(waiting(folder)) == 2 and ended(folder / "out")) or run.poll() is not None)
    assert run.poll() is None, run.communicate()
    assert len(ended(folder / "out")) == 1
    return run


def outcome(run: subprocess.Popen[str]) -> Any:
    """What a run that succeeds came to."""
    out, err = run.communicate(timeout=PATIENCE_S)
    assert (run.returncode, err) == (0, ""), out
    return json.loads(out)


def test_an_actor_that_is_killed_costs_an_attempt_and_takes_its_agent_along(
    soundstage: Command, tmp_path: Path
) -> None:
    run = run_in_midst(tmp_path)
    before, agents = ended(tmp_path / "out"), waiting(tmp_path)
    actor = actor_of(agents[0], tmp_path)
    assert actor != actor_of(agents[1], tmp_path)

    os.kill(actor, signal.SIGKILL)
    until(lambda: not any(map(alive, (actor, agents[0]))))
    until(lambda: len(waiting(tmp_path)) == 3)
    (tmp_path / "gate").touch()
    told = outcome(run)

    assert (told["success"]["successes"], told["tried_again"], told["lost"]) == (TRIALS, 1, 0)
    assert sorted(one["attempt"] for one in told["scenarios"][0]["episodes"]) == [1, 1, 1, 2]
    (broken,) = (tmp_path / "out/attempts").glob("*/*.jsonl")
    closing = json.loads(broken.read_text().splitlines()[-1])
    assert (closing["outcome"], closing["blame"]) == ("invalid", "infrastructure")
    assert "the actor that played it is gone" in closing["note"]
    assert before.items() <= ended(tmp_path / "out").items()
    whole = soundstage("run", *words(tmp_path), "--out", "whole")
    assert whole.status == 0, whole.out
    assert timeless(tmp_path / "out") == timeless(tmp_path / "whole")
    until(lambda: not marked(tmp_path))


def test_a_run_whose_driver_is_killed_leaves_nobody_and_goes_on_anywhere(soundstage: Command, tmp_path: Path) -> None:
    run = run_in_midst(tmp_path)
    before, agents = ended(tmp_path / "out"), waiting(tmp_path)
    assert {actor_of(agent, tmp_path) for agent in agents} == set(actors(tmp_path))

    run.kill()
    run.communicate(timeout=PATIENCE_S)

    until(lambda: not players(tmp_path))
    until(lambda: not any(map(alive, agents)))
    assert ended(tmp_path / "out") == before
    (tmp_path / "gate").touch()
    shutil.copytree(tmp_path / "out", tmp_path / "copy")
    there = started(tmp_path, "--resume", "out", "--json", *ON_RAY)
    here = started(tmp_path, "--resume", "copy", "--json", "--engine", "inprocess")
    told = {"out": outcome(there), "copy": outcome(here)}
    assert len(waiting(tmp_path)) == 2 + 2 * (TRIALS - 1), "only what was missing is played"
    whole = soundstage("run", *words(tmp_path), "--out", "whole", "--json")
    for name, one in told.items():
        assert (one["success"]["successes"], one["lost"]) == (TRIALS, 0)
        assert before.items() <= ended(tmp_path / name).items()
        assert steady(one) == steady(json.loads(whole.out))
        assert timeless(tmp_path / name) == timeless(tmp_path / "whole")
    until(lambda: not players(tmp_path))


def test_a_run_whose_cluster_is_gone_says_so_and_goes_on_elsewhere(soundstage: Command, tmp_path: Path) -> None:
    run = run_in_midst(tmp_path)
    before, agents = ended(tmp_path / "out"), waiting(tmp_path)

    for pid in head(tmp_path):
        os.kill(pid, signal.SIGKILL)
    out, err = run.communicate(timeout=PATIENCE_S)

    told = json.loads(out)
    assert (run.returncode, err) == (3, "")
    assert told["broken"] == "the cluster of this machine's own is gone: nothing has answered there for 15 seconds"
    until(lambda: not any(map(alive, agents)))
    assert ended(tmp_path / "out") == before
    (tmp_path / "gate").touch()
    there = soundstage("run", "--resume", "out", "--json", "--engine", "inprocess")
    assert json.loads(there.out)["success"]["successes"] == TRIALS
    assert before.items() <= ended(tmp_path / "out").items()
    until(lambda: not players(tmp_path))
