"""What an agent in a namespace can see and reach, and what it cannot."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from harness.isolation import Jail, isolations
from harness.isolations import namespace
from harness.recording.record import read_trajectory
from tests.harness.agents import agent
from tests.harness.command import Command
from tests.harness.jails import needs_namespace
from tests.harness.scenes import NOTE, read_json, write_scene
from tests.harness.test_command_agents import WRITES

pytestmark = needs_namespace
TELL = WRITES + "print(); print(json.dumps({tell}))\n"


def told(soundstage: Command, folder: Path, tell: str, scene: Path | None = None, before: str = "") -> object:
    """What an agent in a namespace says of an expression; it succeeds otherwise."""
    spec = agent(folder, before + TELL.format(tell=tell))
    ran = soundstage(
        "run", scene or write_scene(folder), "--agent", spec, "--out", "out", "--isolation", "namespace", "--json"
    )
    (text,) = [path.read_text() for path in (folder / "out/agents").glob("*/stdout.txt")] or [ran.err]
    return json.loads(text.strip().rpartition("\n")[2] or ran.out)


def test_it_is_recorded_in_trajectory_manifest_and_on_paper(soundstage: Command, tmp_path: Path) -> None:
    spec = agent(tmp_path, WRITES + "answer('done')\n")

    ran = soundstage("run", write_scene(tmp_path), "--agent", spec, "--out", "out", "--isolation", "namespace")

    assert ran.status == 0, ran.out
    assert read_trajectory(tmp_path / "out/episodes/note-1.jsonl").opening.isolation == "namespace"
    assert read_json(tmp_path / "out/manifest.json")["isolation"] == "namespace"
    assert "Isolation: namespace." in ran.out
    assert "isolation namespace" in soundstage("show", "out/episodes/note-1.jsonl").out


def test_scenarios_and_records_are_not_to_be_read(soundstage: Command, tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden/test_it.py").write_text("the answer")
    (tmp_path / "earlier/episodes").mkdir(parents=True)
    (tmp_path / "earlier/manifest.json").write_text("{}")
    scene = write_scene(tmp_path, NOTE.replace("done.", "done.\ndescription: hidden", 1))
    before = """
def content(path):
    try:
        return os.listdir(path) if os.path.isdir(path) else open(path).read()
    except OSError as error:
        return type(error).__name__
"""

    tell = "[content(p) for p in ('note.yaml', 'hidden', 'out', 'earlier', 'agent.py')]"
    seen = told(soundstage, tmp_path, tell, scene, before)

    assert isinstance(seen, list)
    assert seen[:4] == ["PermissionError", [], [], []]
    assert "def content" in seen[4]


def test_a_folder_of_scenarios_is_hidden_whole(soundstage: Command, tmp_path: Path) -> None:
    (tmp_path / "suite").mkdir()
    scene = write_scene(tmp_path / "suite")
    (tmp_path / "suite/answers.txt").write_text("42")

    assert told(soundstage, tmp_path, "os.listdir('suite')", scene) == []


def test_homes_sources_and_other_processes_are_not_there(soundstage: Command, tmp_path: Path) -> None:
    sources = Path(harness.__file__).parent
    tell = f"[os.path.exists({str(sources / 'library')!r}), len([p for p in os.listdir('/proc') if p.isdigit()]) < 9, "
    tell += "os.path.exists(os.path.expanduser('~/.bashrc')), os.listdir('/run')]"

    assert told(soundstage, tmp_path, tell) == [False, True, False, []]


def test_only_the_desk_and_temporary_folders_can_be_written(soundstage: Command, tmp_path: Path) -> None:
    before = """
def writable(path):
    try:
        open(path, 'w').write('x')
    except OSError as error:
        return error.errno
    return True
"""
    places = "'here', '/etc/here', '/tmp/here', os.path.expanduser('~/here'), os.environ['ANSWER_FILE']"
    tell = f"[writable(p) for p in ({places})]"

    assert told(soundstage, tmp_path, tell, before=before) == [30, 30, True, True, True]
    assert not (tmp_path / "here").exists()


def test_no_word_of_the_jail_is_to_be_read_inside(soundstage: Command, tmp_path: Path) -> None:
    tell = "[open('/proc/1/cmdline').read(), open('/proc/1/environ').read()]"

    words = str(told(soundstage, tmp_path, tell)).replace(str(tmp_path), "").lower()

    assert "note.yaml" not in words
    assert "soundstage" not in words


def test_a_program_that_cannot_start_inside_is_infrastructure(soundstage: Command, tmp_path: Path) -> None:
    broken = tmp_path / "agent"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)

    ran = soundstage("run", write_scene(tmp_path), "--agent", str(broken), "--json", "--isolation", "namespace")

    assert ran.status == 3
    [episode] = json.loads(ran.out)["scenarios"][0]["episodes"]
    assert (episode["outcome"], episode["cause"]) == ("invalid", "infrastructure")


def test_an_agent_cannot_pass_its_failure_off_as_ours(soundstage: Command, tmp_path: Path) -> None:
    spec = agent(tmp_path, "sys.stderr.write('bwrap: execvp no: No such file\\n'); sys.exit(1)\n")

    ran = soundstage("run", write_scene(tmp_path), "--agent", spec, "--json", "--isolation", "namespace")

    [episode] = json.loads(ran.out)["scenarios"][0]["episodes"]
    assert (episode["outcome"], episode["blame"]) == ("failure", "agent")


def test_interpreters_in_homes_are_found_again(tmp_path: Path) -> None:
    jail = Jail(tmp_path, writable=(tmp_path,), network=False)

    command = isolations.get("namespace").command([sys.executable, "-c", "print(6 * 7)"], jail)

    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "42\n"


def test_a_jail_without_network_reaches_nobody(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        jail = Jail(tmp_path, writable=(tmp_path,), network=False)
        command = isolations.get("namespace").command([sys.executable, "-c", code], jail)

        ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "ConnectionRefusedError" in ran.stderr


def test_a_machine_without_the_tool_says_so(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace._refusal.cache_clear()
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    try:
        ran = soundstage("run", write_scene(tmp_path), "--agent", "true", "--isolation", "namespace")
    finally:
        namespace._refusal.cache_clear()

    assert ran.status == 2
    assert "bwrap" in ran.err
