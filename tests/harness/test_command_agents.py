"""Agents that are commands: what they are given, and that nothing they do takes the harness down."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from harness.recording.record import read_trajectory
from harness.trajectory import Trajectory
from tests.harness.agents import agent, soon_minutes
from tests.harness.command import Command, start
from tests.harness.scenes import NOTE, read_json, write_scene

WRITES = 'call("write_file", path="/workspace/out.txt", content="hello")\n'
PATIENCE_SECONDS = 120.0
"""Only what hangs takes so long."""


def play(soundstage: Command, folder: Path, body: str, text: str = NOTE, arguments: str = "") -> Trajectory:
    """Run a small agent once and read its record."""
    soundstage("run", write_scene(folder, text), "--agent", agent(folder, body, arguments), "--out", "out")
    return read_trajectory(folder / "out/episodes/note-1.jsonl")


def alive(pid: int) -> bool:
    """Whether a process is still there and no zombie."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def until_gone(*pids: int) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(alive, pids))


def test_an_agent_finds_task_servers_and_place_for_its_answer(soundstage: Command, tmp_path: Path) -> None:
    body = WRITES + "assert open(os.environ['TASK_FILE']).read().startswith('Write hello')\nanswer('done')\n"

    trajectory = play(soundstage, tmp_path, body)

    assert trajectory.outcome == "success"
    assert trajectory.opening.clock == "flowing"
    assert [step.action.tool for step in trajectory.steps] == ["write_file"]
    assert (tmp_path / "out/agents/note-1/answer.md").read_text() == "done"


def test_placeholders_become_paths_and_stdout_can_be_the_answer(soundstage: Command, tmp_path: Path) -> None:
    body = "assert sys.argv[1:] == [os.environ[n] for n in ('TASK_FILE', 'MCP_CONFIG', 'ANSWER_FILE')]\n"
    body += WRITES + "print('thinking\\n\\nmore or less\\ndone')\n"

    trajectory = play(soundstage, tmp_path, body, arguments="{task} {mcp} {answer}")

    assert trajectory.closing is not None
    assert trajectory.closing.departure.answer == "more or less\ndone"
    assert trajectory.outcome == "success"


def test_nothing_that_an_agent_is_given_has_our_name(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOUNDSTAGE_ADMIN_TOKEN", "secret")
    body = "given = [*os.environ, *(os.environ[n] for n in ('TASK_FILE', 'MCP_CONFIG', 'ANSWER_FILE'))]\n"
    body += "given.append(open(os.environ['MCP_CONFIG']).read())\nanswer(json.dumps(given))\n"

    trajectory = play(soundstage, tmp_path, body)

    assert trajectory.closing is not None
    given = (trajectory.closing.departure.answer or "").lower()
    assert "task_file" in given
    assert "soundstage" not in given.replace(str(tmp_path).lower(), "")


def test_a_crash_is_the_agents_failure_and_its_words_are_kept(soundstage: Command, tmp_path: Path) -> None:
    trajectory = play(soundstage, tmp_path, WRITES + "raise ValueError('lost my mind')\n")

    closing = trajectory.closing
    assert closing is not None
    assert (closing.outcome, closing.blame, closing.departure.exit_code) == ("failure", "agent", 1)
    assert "exit status 1: ValueError: lost my mind" in closing.note
    assert "lost my mind" in (tmp_path / "out/agents/note-1/stderr.txt").read_text()
    assert len(trajectory.steps) == 1


def test_a_hanging_agent_is_stopped_with_all_that_it_started(soundstage: Command, tmp_path: Path) -> None:
    body = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
quiet = dict(stdin=subprocess.DEVNULL, start_new_session=True)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], **quiet)
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
    text = NOTE.replace("minutes: 10", f"minutes: {soon_minutes(tmp_path)}")
    trajectory = play(soundstage, tmp_path, body, text, str(tmp_path / "pids"))

    assert trajectory.outcome == "timeout"
    assert until_gone(*map(int, (tmp_path / "pids").read_text().split()))


def test_children_that_outlive_an_agent_hold_nothing_up(soundstage: Command, tmp_path: Path) -> None:
    body = (
        WRITES
        + """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
answer("done")
"""
    )
    trajectory = play(soundstage, tmp_path, body, arguments=str(tmp_path / "pid"))

    assert trajectory.outcome == "success"
    assert until_gone(int((tmp_path / "pid").read_text()))


def test_a_flood_of_output_is_cut_in_the_middle(soundstage: Command, tmp_path: Path) -> None:
    body = (
        "sys.stdout.write('first')\nfor _ in range(300): sys.stdout.write('x' * 65536)\nprint('\\n\\ndone')\n" + WRITES
    )

    trajectory = play(soundstage, tmp_path, body)

    kept = (tmp_path / "out/agents/note-1/stdout.txt").read_bytes()
    assert trajectory.outcome == "success"
    assert len(kept) < 600_000
    assert kept.startswith(b"first")
    assert kept.endswith(b"done\n")
    assert b"bytes left out" in kept


def test_steps_beyond_the_limit_are_never_answered(soundstage: Command, tmp_path: Path) -> None:
    body = "for _ in range(100): call('read_text_file', path='/workspace/a.txt'); print('answered', flush=True)\n"

    trajectory = play(soundstage, tmp_path, body)

    assert trajectory.closing is not None
    assert (trajectory.outcome, trajectory.closing.departure.how, len(trajectory.steps)) == ("timeout", "steps", 5)
    assert (tmp_path / "out/agents/note-1/stdout.txt").read_text().count("answered") == 5


def test_an_answer_that_is_no_ordinary_file_is_no_answer(soundstage: Command, tmp_path: Path) -> None:
    trajectory = play(soundstage, tmp_path, WRITES + "os.mkfifo(os.environ['ANSWER_FILE'])\n")

    assert trajectory.closing is not None
    assert trajectory.closing.departure.answer is None
    assert trajectory.outcome == "failure"


def test_a_command_that_cannot_be_executed_is_infrastructure(soundstage: Command, tmp_path: Path) -> None:
    broken = tmp_path / "agent"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)

    ran = soundstage("run", write_scene(tmp_path), "--agent", str(broken), "--json")

    episode = json.loads(ran.out)["scenarios"][0]["episodes"][0]
    assert ran.status == 3
    assert (episode["outcome"], episode["cause"], episode["blame"]) == ("invalid", "infrastructure", "infrastructure")


def test_agents_in_parallel_do_not_see_each_other(soundstage: Command, tmp_path: Path) -> None:
    body = "mine = call('read_text_file', path='/workspace/a.txt')['content'][0]['text']\n"
    body += "call('write_file', path='/workspace/a.txt', content=mine + '!')\n" + WRITES + "answer('done ' + mine)\n"

    ran = soundstage(
        "run", write_scene(tmp_path), "--agent", agent(tmp_path, body), "--trials", 6, "--parallel", 3, "--out", "out"
    )

    records = [read_trajectory(tmp_path / f"out/episodes/note-{trial}.jsonl") for trial in range(1, 7)]
    assert ran.status == 0, ran.out
    assert {record.closing.departure.answer for record in records if record.closing} == {"done one"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_killed_run_leaves_every_step_that_was_answered(tmp_path: Path) -> None:
    body = "while True:\n    call('read_text_file', path='/workspace/a.txt')\n"
    body += "    print('.', end='', file=log, flush=True)\n"
    scene = write_scene(tmp_path, NOTE.replace("steps: 5", "steps: 100000, stuck_after: 0"))
    for number in range(3):
        log = tmp_path / f"log{number}"
        log.touch()
        spec = agent(tmp_path, "log = open(sys.argv[1], 'w')\n" + body, str(log))
        run = start(tmp_path, "run", scene, "--agent", spec, "--out", f"out{number}")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while log.stat().st_size < 20 + 13 * number and time.monotonic() < deadline:
            time.sleep(0.001)
        run.kill()
        run.communicate()

        answered = log.stat().st_size
        trajectory = read_trajectory(tmp_path / f"out{number}/episodes/note-1.jsonl")
        assert 20 <= answered <= len(trajectory.steps)
        assert [step.step_number for step in trajectory.steps] == list(range(1, len(trajectory.steps) + 1))
        assert trajectory.closing is None
        assert read_json(tmp_path / f"out{number}/manifest.json")["status"] == "running"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_what_ended_and_stops_its_agent(tmp_path: Path, number: signal.Signals) -> None:
    body = "import pathlib\nstarted = pathlib.Path(sys.argv[1])\n" + WRITES + "answer('done')\n"
    body += "if started.exists(): started.write_text(str(os.getpid())); time.sleep(600)\nstarted.touch()\n"
    spec = agent(tmp_path, body, str(tmp_path / "started"))
    run = start(tmp_path, "run", write_scene(tmp_path), "--agent", spec, "--trials", 3, "--out", "out")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (tmp_path / "started").exists() or not (tmp_path / "started").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)

    os.kill(run.pid, number)
    out, err = run.communicate(timeout=PATIENCE_SECONDS)

    assert run.returncode == 130, err
    assert "1 of 3 planned episodes ended" in out
    assert read_json(tmp_path / "out/manifest.json")["status"] == "interrupted"
    assert read_trajectory(tmp_path / "out/episodes/note-1.jsonl").outcome == "success"
    assert read_trajectory(tmp_path / "out/episodes/note-2.jsonl").closing is None
    assert until_gone(int((tmp_path / "started").read_text()))


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_record_that_cannot_be_written_is_infrastructure(tmp_path: Path) -> None:
    import resource

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))

    spec = agent(tmp_path, "for _ in range(100): call('read_text_file', path='/workspace/a.txt')\n")
    scene = write_scene(tmp_path, NOTE.replace("steps: 5", "steps: 200"))
    run = start(tmp_path, "run", scene, "--agent", spec, "--out", "out", "--json", preexec_fn=small_files)
    out, err = run.communicate(timeout=PATIENCE_SECONDS)

    assert run.returncode == 3, err
    [episode] = json.loads(out)["scenarios"][0]["episodes"]
    assert (episode["outcome"], episode["blame"]) == ("invalid", "infrastructure")
    trajectory = read_trajectory(tmp_path / "out/episodes/note-1.jsonl")
    assert trajectory.closing is None
    assert len(trajectory.steps) == episode["steps"] > 0
