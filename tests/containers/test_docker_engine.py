"""Episodes on stages in containers: as good as in process, closed in, and whole whatever dies."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.containers.ownership import OWNER_LABEL, remove_leftovers
from harness.containers.run_network import RUN_LABEL
from harness.recording.record import read_trajectory
from harness.remote import fitting
from harness.trajectory import Closing
from tests.containers.images import told
from tests.harness.agents import agent
from tests.harness.command import Command, command_in, start
from tests.harness.scenes import NOTE, read_json, write_scene
from tests.harness.test_command_agents import WRITES
from tests.harness.test_image_agents import spec_of

PATIENCE_SECONDS = 240.0
"""Only what hangs takes so long."""
STOPS = "call('read_text_file', path='/workspace/a.txt')\nwhile not os.path.exists('go'): time.sleep(0.02)\n"
"""A first step, and the next when the test says so."""


@pytest.fixture
def soundstage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command, run in this process in the test's folder."""
    return command_in(tmp_path, monkeypatch, capfd)


@pytest.fixture
def engine(image: str) -> Iterator[list[str]]:
    """The words for the engine; afterwards nothing of any run of this process is left."""
    yield ["--engine", "docker", "--stage-image", image]
    for kind in ("ps --all", "network ls", "volume ls"):
        assert left(kind, os.getpid()) == [], kind


@contextmanager
def running(folder: Path, *words: object) -> "Iterator[subprocess.Popen[str]]":
    """The command as a process that ends with the block at the latest."""
    with start(folder, *words) as process:
        try:
            yield process
        finally:
            process.kill()


def left(listing: str, pid: int) -> list[str]:
    """What a listing shows that belongs to a process."""
    name = "{{.Name}}" if listing == "volume ls" else "{{.ID}}"
    shown = f'{name} {{{{.Label "{OWNER_LABEL}"}}}}'
    lines = told(*listing.split(), "--filter", f"label={OWNER_LABEL}", "--format", shown).splitlines()
    return [line.split()[0] for line in lines if f"/{pid}/" in line]


def stages(pid: int) -> list[str]:
    """The containers of stages of a process, the oldest first."""
    own = set(left("ps", pid))
    return [line for line in told("ps", "-q", "--filter", f"label={RUN_LABEL}").split() if line in own][::-1]


def until(what: Callable[[], Any]) -> Any:
    """What a question gives once it gives something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def stepped(folder: Path, count: int) -> bool:
    """Whether so many episodes have taken a step."""
    return sum('"step"' in text_of(path) for path in folder.glob("out/episodes/*.jsonl")) >= count


def text_of(path: Path) -> str:
    """What a file holds; nothing if it has been put elsewhere meanwhile."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def closing_of(folder: Path, name: str = "note-1") -> Closing:
    """The end of an episode."""
    closing = read_trajectory(folder / f"out/episodes/{name}.jsonl").closing
    assert closing is not None
    return closing


def test_trials_come_out_as_in_process(soundstage: Command, tmp_path: Path, engine: list[str]) -> None:
    words = ["run", write_scene(tmp_path), "--agent", "script:reference", "--trials", "3", "--parallel", "3"]

    assert soundstage(*words, "--out", "here").status == 0
    ran = soundstage(*words, *engine, "--workers", "2", "--out", "there")

    assert ran.status == 0, ran.out
    for trial in (1, 2, 3):
        here, there = (read_trajectory(tmp_path / f"{run}/episodes/note-{trial}.jsonl") for run in ("here", "there"))
        assert [step.result for step in here.steps] == [step.result for step in there.steps]
        assert [step.world_state_hash for step in here.steps] == [step.world_state_hash for step in there.steps]
        assert here.closing is not None
        assert there.closing is not None
        assert (here.closing.outcome, here.closing.reward) == (there.closing.outcome, there.closing.reward)
    assert read_json(tmp_path / "there/manifest.json")["engine"]["name"] == "docker"


def test_a_container_that_is_killed_or_full_costs_no_agent_anything(tmp_path: Path, engine: list[str]) -> None:
    spec = agent(tmp_path, STOPS + WRITES + "answer('done')\n")
    words = ["--trials", "2", "--parallel", "2", "--workers", "1", "--out", "out", *engine]
    with running(tmp_path, "run", write_scene(tmp_path), "--agent", spec, *words) as harness:
        until(lambda: stepped(tmp_path, 2))
        [first] = stages(harness.pid)
        assert closed_in(first)
        told("kill", "--signal", "KILL", first)
        second = until(lambda: [each for each in stages(harness.pid) if each != first])[0]
        until(lambda: (tmp_path / "out/attempts").exists() and stepped(tmp_path, 2))
        fill = "head -c 1G /dev/zero > /tmp/full; echo more >> /tmp/full"
        full = subprocess.run(["docker", "exec", second, "sh", "-c", fill], capture_output=True, text=True, check=False)
        (tmp_path / "go").touch()
        out, err = harness.communicate(timeout=PATIENCE_SECONDS)

    assert "No space left" in full.stderr
    assert harness.returncode == 0, (out, err)
    assert {closing_of(tmp_path, f"note-{trial}").outcome for trial in (1, 2)} == {"success"}
    assert len(list((tmp_path / "out/attempts").iterdir())) == 2
    assert [left(kind, harness.pid) for kind in ("ps --all", "network ls")] == [[], []]


def closed_in(container: str) -> bool:
    """Whether a container has all its walls."""
    about: dict[str, Any] = json.loads(told("inspect", "--format", "{{json .HostConfig}}", container))
    assert (about["ReadonlyRootfs"], about["CapDrop"], about["SecurityOpt"]) == (True, ["ALL"], ["no-new-privileges"])
    assert about["Memory"] == about["MemorySwap"] > 0
    assert about["PidsLimit"] > 0
    assert about["NanoCpus"] > 0
    assert about["CapAdd"] is None
    assert not about["Privileged"]
    assert "size=" in about["Tmpfs"]["/tmp"]
    seen = told("exec", container, "sh", "-c", "id -u; grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status")
    return seen.split() == ["10001", "CapEff:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1", "Seccomp:", "2"]


REACHES = """
import socket, sys
for place in sys.argv[1:]:
    host, _, port = place.rpartition(':')
    try:
        socket.create_connection((host, int(port)), 1)
        print('reached', place)
    except OSError:
        pass
"""


def test_an_agent_in_an_image_reaches_neither_admin_nor_stages(tmp_path: Path, engine: list[str]) -> None:
    body = "call('read_text_file', path='/workspace/a.txt'); time.sleep(600)\n"
    words = ["--agent", spec_of(body), "--out", "out", *engine]
    with running(tmp_path, "run", write_scene(tmp_path), *words) as harness:
        until(lambda: stepped(tmp_path, 1))
        [stage] = stages(harness.pid)
        [inside] = set(left("ps", harness.pid)) - {stage}
        networks: dict[str, Any] = json.loads(told("inspect", "-f", "{{json .NetworkSettings.Networks}}", stage))
        [network] = networks.values()
        places = [network["IPAddress"], network["Gateway"], "172.17.0.1"]
        tried = [f"{place}:{port}" for place in places for port in (8080, 8081, 2375)]
        reached = told("exec", inside, "python3", "-c", REACHES, *tried)
        out = told("exec", inside, "python3", "-c", REACHES, "1.1.1.1:443", "192.0.2.1:80")
        from_stage = told("exec", stage, "python3", "-c", REACHES, "1.1.1.1:443", "172.17.0.1:22")
        internal = told("network", "inspect", "-f", "{{.Internal}}", next(iter(networks)))
        os.kill(harness.pid, signal.SIGINT)
        harness.communicate(timeout=PATIENCE_SECONDS)

    assert (reached, out, from_stage, internal) == ("", "", "", "true")
    assert [left(kind, harness.pid) for kind in ("ps --all", "network ls")] == [[], []]


def test_what_a_killed_harness_left_is_removed_by_the_next_run(tmp_path: Path, engine: list[str]) -> None:
    scene = write_scene(tmp_path)
    with running(tmp_path, "run", scene, "--agent", agent(tmp_path, STOPS), "--out", "out", *engine) as harness:
        until(lambda: stepped(tmp_path, 1))
        assert left("ps", harness.pid)
        assert left("network ls", harness.pid)
        os.kill(harness.pid, signal.SIGKILL)
        harness.communicate(timeout=PATIENCE_SECONDS)

    remove_leftovers.cache_clear()
    remove_leftovers()  # any other run of this machine may be about the same

    until(lambda: not any(left(kind, harness.pid) for kind in ("ps --all", "network ls", "volume ls")))


SHELL = NOTE.replace("servers:\n", "servers:\n    terminal: {kind: shell, seconds: 240}\n").replace(
    "steps: 5", "steps: 9"
)
LOOK = "cat a.txt; ls /run/line /opt/app/lib /proc/1/fd; cat /proc/1/environ"
CHANGE = (
    r"printf '\377' > x.bin; ln -s a.txt l; mkfifo f; chmod 600 a.txt; rm b.json; printf hello > out.txt; "
    r"touch $(printf 'n\377')"
)
COMMANDS = [
    {"command": LOOK},
    {"command": CHANGE},
    {"command": "f() { f | f & }; f; sleep 9", "timeout": 2},
    {"command": "python3 -c 'b = bytearray(10**9)'; head -c 400M /dev/zero > big; ls"},
    {"command": "cat out.txt; ls; id -u", "cwd": "/workspace"},
    {"command": "python3 -c \"import sys; print(end='x' * 65536); print('y' + 'ü' * 40000, file=sys.stderr)\""},
]
REFERENCE = "".join(f"  - terminal.run_command: {json.dumps(each)}\n" for each in COMMANDS) + (
    "  - terminal.run_command: {command: 'ls', expect: error}\n  - say: done\n"
    f"faults:\n  - {{on: terminal.run_command, nth: {len(COMMANDS) + 1}, fault: unavailable}}\n"
)
"""The last command is kept from being run: what it would have come to is not to be known in a replay either."""


def test_a_shell_works_on_the_tree_and_is_alone_with_its_deeds(
    soundstage: Command, tmp_path: Path, engine: list[str]
) -> None:
    scene = write_scene(tmp_path, SHELL.partition("reference:")[0] + "reference:\n" + REFERENCE)
    ran = soundstage(
        "run", scene, "--agent", "script:reference", "--trials", "2", "--parallel", "2", "--out", "out", *engine
    )
    assert ran.status == 0, ran.out + ran.err
    steps = read_trajectory(tmp_path / "out/episodes/note-1.jsonl").steps
    told_each: list[dict[str, Any]] = [(step.result or {})["result"]["structuredContent"] for step in steps[:-1]]

    assert told_each[0]["stdout"] == "one"
    assert told_each[0]["stderr"].count("Permission denied") == 4
    changed = {change["path"].partition(":")[2]: change["kind"] for change in steps[1].changes}
    assert changed == {
        "/workspace/a.txt": "changed", "/workspace/b.json": "removed", "/workspace/l": "added",
        "/workspace/out.txt": "added", "/workspace/x.bin": "added",
    }  # fmt: skip
    assert told_each[2]["timed_out"] is True
    assert "No space left" in told_each[3]["stderr"]
    assert told_each[4]["stdout"].split() == ["helloa.txt", "l", "out.txt", "x.bin", "10002"]
    assert (len(told_each[5]["stdout"]), told_each[5]["stdout_truncated"]) == (65_536, False)
    assert (told_each[5]["stderr"], told_each[5]["stderr_truncated"]) == ("y" + "ü" * 32_767, True)
    assert "soundstage" not in json.dumps(told_each).lower()
    replayed = soundstage("replay", "out/episodes/note-1.jsonl")
    assert replayed.status == 0, replayed.out + replayed.err
    assert steps[-1].truth == "not computed: its command would have to be run once more"
    onward = soundstage("replay", "out/episodes/note-1.jsonl", "--from", "1", "--agent", "script:nothing")
    assert (onward.status, "note: terminal runs commands" in onward.err) == (2, True), onward.err


WRITTEN = SHELL.partition("reference:")[0] + (
    'reference:\n  - terminal.run_command: {command: "printf hello > out.txt"}\n  - say: done\n'
)
GUARDED = WRITTEN + 'guard: {may_change: ["files:/workspace/out.txt"]}\n'


def test_the_panel_plays_in_containers_where_a_world_runs_commands(
    soundstage: Command, tmp_path: Path, engine: list[str]
) -> None:
    write_scene(tmp_path, GUARDED, "a-good")
    write_scene(tmp_path, WRITTEN, "b-bad")
    write_scene(tmp_path, name="c-quiet")
    ran = soundstage("check", "a-good.yaml", "b-bad.yaml", "c-quiet.yaml", *engine[2:], "--json")
    good, bad, quiet = json.loads(ran.out)["scenarios"]

    assert (ran.status, good["sound"], bad["sound"], quiet["sound"]) == (1, True, False, False), ran.err
    assert {member["got"] for name, member in good["panel"].items() if name != "reference"} == {"failure"}
    deeds = {each["what"]: each for each in good["panel"]["vandal"]["episodes"]}
    assert "files:/workspace/a.txt changed" in deeds["every file that terminal reaches changed"]["note"]
    assert "files:/workspace/a.txt removed" in deeds["a file of files removed"]["note"]
    assert bad["panel"]["vandal"]["got"] == "success"
    assert (tmp_path / "a-good.lock.json").exists()


@pytest.mark.parametrize("words", [["run", "--agent", "script:reference"], ["check", "--engine", "inprocess"]])
def test_a_shell_is_refused_where_no_command_is_run(soundstage: Command, tmp_path: Path, words: list[str]) -> None:
    verb, *rest = words
    ran = soundstage(verb, write_scene(tmp_path, SHELL), *rest)

    assert (ran.status, "--engine docker" in ran.err) == (2, True), ran.err


def test_what_is_missing_is_said_before_anything_runs(soundstage: Command, tmp_path: Path) -> None:
    ran = soundstage(
        "run",
        write_scene(tmp_path),
        "--agent",
        "script:reference",
        "--engine",
        "docker",
        "--stage-image",
        "no-such:one",
    )

    assert (ran.status, "docker build --target stage -t no-such:one" in ran.err) == (2, True), ran.err


def test_an_image_of_another_version_is_refused(
    soundstage: Command, tmp_path: Path, engine: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "own_version", lambda: "99.1")

    ran = soundstage("run", write_scene(tmp_path), "--agent", "script:reference", *engine)

    said = " ".join(ran.out.split())
    assert (ran.status, f"the image {engine[-1]} runs version" in said) == (3, True), ran.out
    assert "and this is 99.1" in said and f"docker build --target stage -t {engine[-1]} " in said


def test_check_says_why_it_needs_containers_and_what_is_missing(soundstage: Command, tmp_path: Path) -> None:
    ran = soundstage("check", write_scene(tmp_path, GUARDED), "--stage-image", "no-such:one")

    why = "note: terminal runs commands, for which the panel needs containers: there is no image 'no-such:one'"
    assert (ran.status, why in ran.err, "docker build --target stage" in ran.err) == (2, True, True), ran.err
