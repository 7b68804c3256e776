"""Agents that cheat: in a namespace or a container none of them gets anywhere, and the harness outlives them all."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.recording.record import read_trajectory
from tests.harness import jails
from tests.harness.command import Command, Ran, start
from tests.harness.jails import needs_namespace, python_in
from tests.harness.scenes import NOTE, read_json, write_scene
from tests.harness.test_command_agents import alive

CHEATS = sorted(path.stem for path in (Path(__file__).parent / "cheats").glob("[a-z]*.py"))
ROOT = Path(__file__).parents[2]
SECRET = "heron-4711"
WORK = (
    NOTE.replace("said: {said: {matches: done}}", f"said: {{said: {{matches: {SECRET}}}}}")
    .replace("say: done", f"say: the word is {SECRET}")
    .replace("minutes: 1", "minutes: 0.5")
)
WORD = WORK.replace("  written: {file: /workspace/out.txt, is: hello}\n", "")
"""A scene in which knowing the word is enough."""
FOLDER = WORK.replace(f"matches: {SECRET}", "matches: done") + "workdir: files\n"
PLAYED = [
    *((name, WORK) for name in CHEATS),
    *((name, WORD) for name in ("reads_for_answers", "reads_memory", "links_its_answer", "forges_calls", "breaks_out")),
    *((name, FOLDER) for name in ("redirects_its_folder", "floods", "claims_success")),
]
JAILED = [
    *(pytest.param(name, scene, "namespace", marks=needs_namespace) for name, scene in PLAYED),
    *((name, scene, "container") for name, scene in PLAYED if (name, scene) != ("floods", FOLDER)),
]


@pytest.fixture
def neighbour() -> Iterator[int]:
    """Another process of the same user, which knows the word."""
    code = f"import time; word = 'the word is ' + '{SECRET}'; print(word, flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process.pid
        process.kill()


@pytest.fixture
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a folder for what is fleeting in the test's folder: a cheat may write wherever it can."""
    tmp_path.chmod(0o755)
    for name, folder in (("HOME", "home"), ("TMPDIR", "fleeting")):
        (tmp_path / folder).mkdir()
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "fleeting"))
    monkeypatch.setenv("SOUNDSTAGE_NOTE", f"the word is {SECRET}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def words_of(folder: Path, name: str, isolation: str, scene: str, *words: object) -> list[object]:
    """The command that runs one cheating agent."""
    program = folder / f"{name}.py"
    program.write_bytes((Path(__file__).parent / f"cheats/{name}.py").read_bytes())
    spec = " ".join(map(str, (python_in(isolation), program, *words)))
    return ["run", write_scene(folder, scene), "--agent", spec, *jails.words_of(isolation), "--out", "out"]


def cheated(folder: Path, name: str, scene: str, *words: object) -> Ran:
    """Run one cheating agent without isolation; the harness is a process of its own."""
    run = start(folder, *words_of(folder, name, "none", scene, *words), env=dict(os.environ))
    out, err = run.communicate(timeout=120)
    return Ran(run.returncode, out, err)


@pytest.mark.parametrize(("name", "scene", "isolation"), JAILED)
def test_no_cheat_scores_in_a_jail(
    soundstage: Command, own_places: Path, name: str, scene: str, neighbour: int, isolation: str
) -> None:
    words: dict[str, object] = {
        "reads_for_answers": ROOT, "links_its_answer": own_places / "note.yaml",
        "reads_memory": neighbour, "kills_its_parent": neighbour,
    }  # fmt: skip

    ran = soundstage(*words_of(own_places, name, isolation, scene, *([words[name]] if name in words else [])))

    assert ran.status == 1, ran.err
    closing = read_trajectory(own_places / "out/episodes/note-1.jsonl").closing
    assert closing is not None
    assert closing.outcome in ("failure", "timeout"), closing.note
    assert (closing.blame, closing.figures["task_success"].value) == ("agent", 0.0)
    assert alive(neighbour)
    assert read_json(own_places / "out/manifest.json")["status"] == "finished"
    assert list((own_places / "fleeting").iterdir()) == []


@pytest.mark.parametrize("name", ["floods", "kills_its_parent", "writes_results", "forges_calls"])
def test_without_isolation_the_harness_outlives_them_too(own_places: Path, name: str) -> None:
    ran = cheated(own_places, name, WORK)

    assert ran.status == (3 if name == "writes_results" else 1), ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", ["reads_for_answers", "links_its_answer"])
def test_without_isolation_the_answer_can_be_read_and_the_run_says_so(own_places: Path, name: str) -> None:
    words = [own_places / "note.yaml"] if name == "links_its_answer" else []

    ran = cheated(own_places, name, WORD, *words)

    assert read_trajectory(own_places / "out/episodes/note-1.jsonl").outcome == "success"
    assert "it could have read the scenario and this record" in " ".join(ran.out.split())
