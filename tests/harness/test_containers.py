"""What an agent in a container can see and reach, whose fault it is when there is none, and that none is left."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness.containers.networks import network
from harness.containers.ownership import OWNER_LABEL, owner, remove_leftovers
from harness.containers.program import docker
from harness.isolation import isolations
from harness.isolations import container
from harness.recording.record import read_trajectory
from harness.trajectory import Closing
from tests.harness.agents import agent
from tests.harness.command import Command, start
from tests.harness.jails import IMAGE, containers_of, words_of
from tests.harness.scenes import read_json, write_scene
from tests.harness.scripted_model import scripted_model
from tests.harness.test_command_agents import PATIENCE_SECONDS, WRITES
from tests.harness.test_gateway import ASKS, SOLVED, use

pytestmark = pytest.mark.usefixtures("image")
CONTAINED = words_of("container")
SEES = (
    """
def content(path):
    try:
        return os.listdir(path) if os.path.isdir(path) else open(path).read()
    except OSError as error:
        return type(error).__name__

def writable(path):
    try:
        open(path, "w").write("x")
    except OSError as error:
        return error.errno
    return True

def status(name):
    return next(line.split()[1] for line in open("/proc/self/status") if line.startswith(name))

def connects(address):
    try:
        return bool(socket.create_connection(address, 2))
    except OSError as error:
        return type(error).__name__

import socket
loopback = int(open("port").read())
seen = {
    "hidden": [content(path) for path in ("note.yaml", "out", "/mnt/work/note.yaml")],
    "folder": [os.getcwd(), "agent.py" in os.listdir()],
    "writable": [writable(p) for p in ("here", "/etc/here", "/here", "/tmp/here", os.environ["ANSWER_FILE"])],
    "user": [os.getuid(), status("CapEff"), status("CapBnd"), status("NoNewPrivs"), status("Seccomp")],
    "around": [socket.gethostname(), os.getpid(), os.path.exists("/var/run/docker.sock")],
    "names": sorted(os.environ),
    "loopback": connects(("127.0.0.1", loopback)),
    "told": [*os.environ.values(), open("/etc/hosts").read(), open(os.environ["MCP_CONFIG"]).read()],
}
print(); print(json.dumps(seen))
"""
    + WRITES
    + "answer('done')\n"
)


def run(soundstage: Command, folder: Path, body: str, *words: object) -> Closing:
    """What became of an agent in a container, which leaves nothing behind."""
    spec = agent(folder, body, python="python3")
    ran = soundstage("run", write_scene(folder), "--agent", spec, "--out", "out", *CONTAINED, *words)
    closing = read_trajectory(folder / "out/episodes/note-1.jsonl").closing
    assert closing is not None, ran.err
    assert containers_of(os.getpid()) == []
    return closing


def test_of_this_machine_it_sees_a_desk_and_a_folder(soundstage: Command, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with scripted_model([]) as neighbour:
        (tmp_path / "port").write_text(str(neighbour.port))
        closing = run(soundstage, tmp_path, SEES)
    seen = json.loads((tmp_path / "out/agents/note-1/stdout.txt").read_text().strip().rpartition("\n")[2])

    assert closing.outcome == "success", closing.note
    assert seen["hidden"] == ["", [], ""]
    assert seen["folder"] == ["/mnt/work", True]
    assert seen["writable"] == [30, 30, 30, True, True]
    assert seen["user"] == [os.getuid() or 65_534, "0" * 16, "0" * 16, "1", "2"]
    assert seen["around"] == ["host", 1, False]
    assert set(seen["names"]) - {"LC_CTYPE"} == {
        "ANSWER_FILE", "HOME", "HOSTNAME", "MCP_CONFIG", "PATH", "TASK_FILE"
    }  # fmt: skip
    assert seen["loopback"] == "ConnectionRefusedError"
    assert "soundstage" not in str(seen["told"]).lower()
    assert str(tmp_path) not in str(seen["told"])


def test_it_is_recorded_in_trajectory_manifest_and_on_paper(soundstage: Command, tmp_path: Path) -> None:
    spec = agent(tmp_path, WRITES + "answer('done')\n", python="python3")

    ran = soundstage("run", write_scene(tmp_path), "--agent", spec, "--out", "out", *CONTAINED)

    assert ran.status == 0, ran.out
    assert read_trajectory(tmp_path / "out/episodes/note-1.jsonl").opening.isolation == "container"
    manifest = read_json(tmp_path / "out/manifest.json")
    assert (manifest["isolation"], manifest["options"]["image"]) == ("container", IMAGE)
    assert "Isolation: container." in ran.out


def test_with_a_gateway_it_reaches_its_servers_and_its_model_alone(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_model(SOLVED) as endpoint:
        use(monkeypatch, endpoint)
        closing = run(soundstage, tmp_path, ASKS, "--gateway")

    assert (closing.outcome, closing.model, closing.total_tokens) == ("success", "scripted-1", 330), closing.note
    told = docker("network", "inspect", network("closed"), "--format", "{{.Internal}} {{json .Options}}")
    assert told.split()[0] == "true"
    assert json.loads(told.partition(" ")[2])["com.docker.network.bridge.enable_icc"] == "false"


@pytest.mark.parametrize("command", ["no-such-program", "./not_a_program"])
def test_an_image_without_the_program_is_infrastructure(soundstage: Command, tmp_path: Path, command: str) -> None:
    (tmp_path / "not_a_program").write_text("it cannot be executed")

    ran = soundstage("run", write_scene(tmp_path), "--agent", command, "--json", *CONTAINED)

    assert ran.status == 3
    [episode] = json.loads(ran.out)["scenarios"][0]["episodes"]
    assert (episode["outcome"], episode["cause"]) == ("invalid", "infrastructure")
    assert containers_of(os.getpid()) == []


def test_an_agent_cannot_pass_its_failure_off_as_dockers(soundstage: Command, tmp_path: Path) -> None:
    closing = run(
        soundstage, tmp_path, "sys.stderr.write('Error response from daemon: No such container\\n'); sys.exit(125)\n"
    )

    assert (closing.outcome, closing.blame, closing.departure.exit_code) == ("failure", "agent", 125)


def test_a_daemon_that_lets_go_of_a_command_is_infrastructure(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/docker"
    lets_go = 'case "$1" in start) docker start "$3" >&2; echo unexpected EOF >&2; exit 125;; esac'
    program.write_text(f'#!/bin/sh\nPATH="{os.environ["PATH"]}"\n{lets_go}\nexec docker "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    closing = run(soundstage, tmp_path, "time.sleep(600)\n")

    assert (closing.outcome, closing.cause) == ("invalid", "infrastructure")
    assert "unexpected EOF" in closing.note


def test_memory_has_an_end_and_that_is_the_agents(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "MEMORY", "100m")

    closing = run(soundstage, tmp_path, "hoard = b'x' * 2**30\n")

    assert (closing.outcome, closing.blame) == ("failure", "agent")
    assert "more than 100m of memory" in closing.note


def test_an_interrupted_run_leaves_no_container(tmp_path: Path) -> None:
    body = "call('read_text_file', path='/workspace/a.txt'); time.sleep(600)\n"
    spec = agent(tmp_path, body, python="python3")
    harness = start(tmp_path, "run", write_scene(tmp_path), "--agent", spec, "--out", "out", *CONTAINED)
    record, deadline = tmp_path / "out/episodes/note-1.jsonl", time.monotonic() + PATIENCE_SECONDS
    while not record.exists() or '"step"' not in record.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    [container_id] = containers_of(harness.pid)
    limits = "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}}"
    told = docker("inspect", "--format", limits, container_id)

    assert all(int(limit) > 0 for limit in told.split()), told
    os.kill(harness.pid, signal.SIGINT)
    harness.communicate(timeout=PATIENCE_SECONDS)

    assert harness.returncode == 130
    assert containers_of(harness.pid) == []


def test_what_a_dead_process_left_is_removed_and_nothing_else() -> None:
    boot, seen, *_ = owner().split("/")
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    names = {f"left-{os.getpid()}-{name}": label for name, label in (
        ("dead", f"{boot}/{seen}/{dead.pid}/1"), ("other", f"{boot}/pid:[1]/{dead.pid}/1"), ("mine", owner()),
        ("before", f"an-earlier-boot/{seen}/{os.getpid()}/1"),
    )}  # fmt: skip
    for name, label in names.items():
        docker("create", "--name", name, "--label", f"{OWNER_LABEL}={label}", IMAGE, "true")
    try:
        remove_leftovers.cache_clear()
        remove_leftovers()
        told = docker("ps", "--all", "--format", "{{.Names}}")
    finally:
        subprocess.run(["docker", "rm", "--force", *names], check=False, capture_output=True)

    assert {name.rpartition("-")[2] for name in names if name in told.split()} == {"other", "mine"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--isolation", "container"], "--image NAME"),
        (["--isolation", "container", "--image", "no-such:image"], "docker pull no-such:image"),
        (["--image", IMAGE], "--isolation container"),
    ],
)
def test_what_is_missing_is_said_before_anything_runs(
    soundstage: Command, tmp_path: Path, words: list[str], said: str
) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", "true", *words)

    assert (ran.status, said in ran.err) == (2, True), ran.err


def test_a_daemon_that_is_not_there_is_told(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")

    refusal = isolations.get("container").refusal(IMAGE)

    assert "daemon cannot be asked" in str(refusal)
