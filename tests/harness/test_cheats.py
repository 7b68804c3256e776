"""Agents that cheat: in a namespace or a container none of them gets anywhere, and the harness outlives them all."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.recording.record import read_trajectory
from tests.harness import jails
from tests.harness.command import Command, Ran, start
from tests.harness.jails import needs_namespace
from tests.harness.scenes import NOTE, read_json, write_scene
from tests.harness.test_command_agents import alive

CHEATS = sorted(path.stem for path in (Path(__file__).parent / "cheats").glob("[a-z]*.py"))
ROOT = Path(__file__).parents[2]
SECRET = "heron-4711"
WAIT_SECONDS = 600.0
WORK = (
    NOTE.replace("said: {said: {matches: done}}", f"said: {{said: {{matches: {SECRET}}}}}")
    .replace("say: done", f"say: the word is {SECRET}")
    .replace("minutes: 10", "minutes: 3")
)
WORD = WORK.replace("  written: {file: /workspace/out.txt, is: hello}\n", "")
"""A scene in which knowing the word is enough."""
FOLDER = WORK.replace(f"matches: {SECRET}", "matches: done") + "workdir: files\n"
PLAYED = [
    *((name, WORK) for name in CHEATS),
    *((name, WORD) for name in ("reads_for_answers", "reads_memory", "links_its_answer", "forges_calls", "breaks_out")),
    *((name, FOLDER) for name in ("redirects_its_folder", "floods", "claims_success")),
]
ANY = """
import json, os, runpy, sys
name, words = open(os.environ["TASK_FILE"]).read().split()[-1], json.loads(sys.argv[1])
program = os.path.join(os.path.dirname(sys.argv[0]), name + ".py")
sys.argv[1:] = map(str, words.get(name, []))
runpy.run_path(program, run_name="__main__")
"""
"""Cheats in the way that the end of its task names."""


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


def copied(folder: Path, name: str) -> Path:
    """A cheating agent in the folder of whoever wrote it."""
    program = folder / f"{name}.py"
    program.write_bytes((Path(__file__).parent / f"cheats/{name}.py").read_bytes())
    return program


def words_of(folder: Path, name: str, isolation: str, scene: str, *words: object) -> list[object]:
    """The command that runs one cheating agent."""
    spec = " ".join(map(str, (sys.executable, copied(folder, name), *words)))
    return ["run", write_scene(folder, scene), "--agent", spec, "--isolation", isolation, "--out", "out"]


def given(folder: Path, neighbour: int) -> dict[str, list[object]]:
    """What some cheats are told of where to look."""
    return {
        "reads_for_answers": [ROOT], "links_its_answer": [folder / "note.yaml"],
        "reads_memory": [neighbour], "kills_its_parent": [neighbour],
    }  # fmt: skip


def assert_failed(record: Path) -> None:
    """An episode was judged, and nobody is to blame but the agent."""
    closing = read_trajectory(record).closing
    assert closing is not None
    assert closing.outcome in ("failure", "timeout"), (record.stem, closing.note)
    assert (closing.blame, closing.figures["task_success"].value) == ("agent", 0.0), (record.stem, closing.note)


def cheated(folder: Path, name: str, scene: str, *words: object) -> Ran:
    """Run one cheating agent without isolation; the harness is a process of its own."""
    run = start(folder, *words_of(folder, name, "none", scene, *words), env=dict(os.environ))
    out, err = run.communicate(timeout=WAIT_SECONDS)
    return Ran(run.returncode, out, err)


@needs_namespace
@pytest.mark.parametrize(("name", "scene"), PLAYED)
def test_no_cheat_scores_in_a_namespace(
    soundstage: Command, own_places: Path, name: str, scene: str, neighbour: int
) -> None:
    words = given(own_places, neighbour).get(name, [])

    ran = soundstage(*words_of(own_places, name, "namespace", scene, *words))

    assert ran.status == 1, ran.err
    assert_failed(own_places / "out/episodes/note-1.jsonl")
    assert alive(neighbour)
    assert read_json(own_places / "out/manifest.json")["status"] == "finished"
    assert list((own_places / "fleeting").iterdir()) == []


@pytest.mark.usefixtures("image")
def test_no_cheat_scores_in_a_container(soundstage: Command, own_places: Path, neighbour: int) -> None:
    (own_places / "any.py").write_text(ANY)
    spec = shlex.join(["python3", "any.py", json.dumps(given(own_places, neighbour), default=str)])
    scenes = [
        write_scene(own_places, scene.replace("then say done.", f"then say done. {name}"), f"scene-{number}")
        for number, (name, scene) in enumerate(PLAYED)
        if (name, scene) != ("floods", FOLDER) and (scene != WORK or (name, WORD) not in PLAYED)
    ]
    for name in CHEATS:
        copied(own_places, name)

    ran = soundstage("run", *scenes, "--agent", spec, "--parallel", 4, "--out", "out", *jails.words_of("container"))

    assert ran.status == 1, ran.err
    records = sorted((own_places / "out/episodes").glob("*.jsonl"))
    assert len(records) == len(scenes)
    for record in records:
        assert_failed(record)
    assert alive(neighbour)
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
