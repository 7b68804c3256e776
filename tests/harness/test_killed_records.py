"""`kill -9` of the harness at any moment leaves every step whose answer an agent received, and the world after it."""

import multiprocessing
import random
import signal
from pathlib import Path

import pytest

from harness.agent import find_agent
from harness.recording.record import read_trajectory
from harness.recording.rewind import Rewind
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.staging.suite import collect
from harness.trajectory import Trajectory
from tests.harness.agents import agent
from tests.harness.records import assert_published_form
from tests.harness.scenes import NOTE, write_scene

ANSWERS_MAX = 60
TRIALS, PARALLEL, STEPS = 8, 4, 12
WAIT_SECONDS = 300
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.harness.test_killed_records"])

BODY = f"""
log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
for number in range({STEPS}):
    path = f"/workspace/{{os.getpid()}}-{{number}}.txt"
    if call("write_file", path=path, content="x" * number).get("isError"):
        break
    os.write(log, (path + "\\n").encode())
"""


def play(folder: str, spec: str) -> None:
    """What the process that is killed does."""
    scene = f"{folder}/note.yaml"
    order = Order(collect([scene]), find_agent(spec), trials=TRIALS, parallel=PARALLEL, paths=(scene,))
    carry_out(new_run(order, Path(folder) / "out"), heed_signals=False)


def killed_after(answers: int, folder: Path) -> list[str]:
    """The paths whose answers agents had received when the harness was killed; at least so many."""
    log = folder / "answers.log"
    log.touch()
    process = FORKS.Process(target=play, args=(str(folder), agent(folder, BODY, str(log))))
    process.start()
    for _ in range(WAIT_SECONDS * 1000):
        if log.read_bytes().count(b"\n") >= answers or not process.is_alive():
            break
        process.join(0.001)
    process.kill()
    process.join(WAIT_SECONDS)
    assert process.exitcode == -signal.SIGKILL
    return log.read_text().splitlines()


def paths_in(trajectory: Trajectory) -> list[str]:
    return [step.action.arguments["path"] for step in trajectory.steps]


@pytest.mark.parametrize("moment", range(20))
def test_no_step_is_lost_and_every_record_is_whole(moment: int, tmp_path: Path) -> None:
    write_scene(tmp_path, NOTE.replace("steps: 5", "steps: 50"))

    received = killed_after(random.Random(moment).randint(1, ANSWERS_MAX), tmp_path)

    assert received
    records = sorted((tmp_path / "out/episodes").glob("*.jsonl"))
    found: list[str] = []
    for record in records:
        assert_published_form(record)
        rewind = Rewind(record)
        steps = rewind.trajectory.steps
        found += paths_in(rewind.trajectory)
        assert [step.step_number for step in steps] == list(range(1, len(steps) + 1))
        for number in {0, len(steps) // 2, len(steps)}:
            world = rewind.at(number)
            wanted = steps[number - 1].world_state_hash if number else rewind.trajectory.opening.start_digest
            assert world.content_digest().hex() == wanted
        rewind.close()
        assert read_trajectory(record) == rewind.trajectory
    assert set(received) <= set(found)
    assert len(found) == len(set(found))
