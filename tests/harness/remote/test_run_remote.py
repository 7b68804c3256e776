"""`soundstage run --engine remote`: every kind of agent on a stage that runs already, and what is refused first."""

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from harness.engine import EngineError
from harness.recording.record import read_trajectory
from harness.remote import fitting
from harness.trajectory import Trajectory
from sandbox_server.code import code_hash
from sandbox_server.serving.finding import Admin
from tests.harness.agents import agent
from tests.harness.command import Command
from tests.harness.remote.elsewhere import TOKEN, stage_process
from tests.harness.scenes import NOTE, write_scene
from tests.harness.scripted_model import scripted_model
from tests.harness.stages import opened_house
from tests.harness.talks import desk_text
from tests.harness.test_conversing_agents import BOT
from tests.harness.test_model_agents import SOLVED

REAL = "{real: {kind: mcp, command: 'true'}, files: {kind: filesystem, root: /workspace}}"
WORKDIR = NOTE + "workdir: files\n"


@pytest.fixture(scope="module")
def admin() -> Iterator[str]:
    """The admin API of a stage that stands by itself in another process."""
    with stage_process() as (_, url):
        yield url


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage's token, where commands look for it."""
    monkeypatch.setenv("SOUNDSTAGE_ADMIN_TOKEN", TOKEN)


def played(soundstage: Command, folder: Path, admin: str, spec: str, text: str = NOTE, *words: object) -> Trajectory:
    """What became of an episode of a scenario named note."""
    scenario = write_scene(folder, text)
    ran = soundstage(
        "run", scenario, "--agent", spec, "--engine", "remote", "--admin", admin, "--out", "out", *words
    )  # fmt: skip
    assert ran.status in (0, 1), ran.err + ran.out
    return read_trajectory(folder / "out/episodes/note-1.jsonl")


def test_a_command_plays_on_a_stage(soundstage: Command, tmp_path: Path, admin: str) -> None:
    body = "call('write_file', path='/workspace/out.txt', content='hello')\nanswer('done')\n"

    trajectory = played(soundstage, tmp_path, admin, agent(tmp_path, body))

    assert trajectory.outcome == "success"
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert TOKEN not in json.dumps(manifest)
    assert (manifest["engine"]["name"], manifest["engine"]["admin"]) == ("remote", admin)


def test_what_a_command_does_in_its_folder_comes_into_the_world(
    soundstage: Command, tmp_path: Path, admin: str
) -> None:
    body = "assert open('a.txt').read() == 'one'\nopen('out.txt', 'w').write('hello')\nanswer('done')\n"

    trajectory = played(soundstage, tmp_path, admin, agent(tmp_path, body), WORKDIR)

    assert trajectory.outcome == "success"
    assert [change["path"] for change in trajectory.steps[-1].changes] == ["files:/workspace/out.txt"]


def test_a_model_plays_on_a_stage(
    soundstage: Command, tmp_path: Path, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_model(SOLVED) as endpoint:
        for name, value in endpoint.environment.items():
            monkeypatch.setenv(name, value)
        trajectory = played(soundstage, tmp_path, admin, "model:openai:some-model")

    assert trajectory.outcome == "success"
    assert [step.thought for step in trajectory.steps] == ["I wonder.\n\nLet me look.", "Now I write."]


def test_an_agent_that_converses_talks_to_a_person_elsewhere(soundstage: Command, tmp_path: Path, admin: str) -> None:
    path = tmp_path / "bot.py"
    path.write_text(BOT)

    trajectory = played(
        soundstage, tmp_path, admin, f"chat:{shlex.quote(sys.executable)} {path}", desk_text(), "--vary", "world"
    )

    assert trajectory.closing is not None
    assert trajectory.closing.user_turns >= 4, trajectory.closing


def test_what_was_played_elsewhere_is_looked_at_like_any_other(soundstage: Command, tmp_path: Path, admin: str) -> None:
    played(soundstage, tmp_path, admin, "script:reference")
    record = "out/episodes/note-1.jsonl"

    again, scored, shown = (
        soundstage("replay", record), soundstage("score", record), soundstage("show", record, "--at", "2")
    )  # fmt: skip

    assert (again.status, scored.status, shown.status) == (0, 0, 0)
    assert "every byte the same" in again.out
    assert "/workspace/out.txt" in shown.out


def test_trials_arms_and_a_resumed_run_play_there_too(soundstage: Command, tmp_path: Path, admin: str) -> None:
    words = ("--engine", "remote", "--admin", admin)
    ran = soundstage(
        "run", write_scene(tmp_path), "--agent", "script:reference", "--trials", "3", "--parallel", "3",
        "--faults", "calm", "--faults", "slow-lane", "--out", "out", "--json", *words,
    )  # fmt: skip
    record = next((tmp_path / "out" / "episodes").glob("*.jsonl"))
    record.unlink()

    resumed = soundstage("run", "--resume", "out", "--json")

    assert ran.status == 0, ran.err
    assert resumed.status == 0, resumed.err
    assert record.exists()
    assert len(list((tmp_path / "out" / "episodes").glob("*.jsonl"))) == 6


def test_a_served_world_is_a_stage_as_well(soundstage: Command, tmp_path: Path) -> None:
    with opened_house(tmp_path) as house:
        ready: Any = house.serve().ready
        spec, words = "script:reference", ("--admin-token", ready["token"])
        trajectory = played(soundstage, tmp_path, ready["admin"], spec, NOTE, *words)

    assert trajectory.outcome == "success"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "--engine remote needs --admin"),
        (("--admin", "ftp://nowhere"), "is no URL"),
        (("--admin", "http://127.0.0.1:9"), "no stage answers at"),
        (("--admin", "127.0.0.1:9"), "no stage answers at"),
    ],
)
def test_a_stage_that_cannot_be_had_is_refused(
    soundstage: Command, tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", "script:reference", "--engine", "remote", *words)

    assert ran.status == 2
    assert complaint in ran.err


def test_a_stage_of_other_code_is_refused(
    soundstage: Command, tmp_path: Path, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its version says nothing of a commit in between."""
    monkeypatch.setattr(fitting, "code_hash", lambda: "0123456789abcdef")

    ran = soundstage(
        "run", write_scene(tmp_path), "--agent", "script:reference", "--engine", "remote", "--admin", admin
    )

    assert (ran.status, f"{code_hash()}, and this is 0123456789abcdef" in ran.err) == (2, True), ran.err
    assert "runs other code than this" in ran.err


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"soundstage": "1.2", "code": "same"}, "it runs version 1.2, and this is 1.1"),
        ({"soundstage": "1.1", "code": "other"}, "it runs other code than this, though of the same version: other"),
        ({"soundstage": "0", "code": "other"}, "it runs other code than this"),
        ({"soundstage": "1.1", "code": "same"}, ""),
        ({"soundstage": "1.1", "code": None}, ""),
        ({"soundstage": "1.1"}, ""),
        ({"soundstage": "0", "code": "same"}, ""),
    ],
)
def test_versions_and_code_are_compared_where_both_are_known(
    told: dict[str, Any], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "own_version", lambda: "1.1")
    monkeypatch.setattr(fitting, "code_hash", lambda: "same")

    with pytest.raises(EngineError, match=complaint) if complaint else nullcontext():
        fitting.refuse_other_code(told, "it", "be the same")


def test_code_is_told_apart_by_what_it_says_and_not_by_how_it_lies(tmp_path: Path) -> None:
    texts = {"worlds/a.py": b"one = 1\n", "sandbox_server/b/c.py": b"two = 2\n"}
    folders = [tmp_path / name for name in ("one", "same", "moved", "changed", "empty")]
    for folder in folders[:-1]:
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.replace(b"\n", b"\r\n") if folder.name == "same" else text)
    (tmp_path / "same/worlds/__pycache__").mkdir()
    (tmp_path / "same/worlds/__pycache__/a.pyc").write_bytes(b"compiled")
    (tmp_path / "same/worlds/.#a.py").symlink_to("nobody@nowhere")
    (tmp_path / "moved/worlds/a.py").rename(tmp_path / "moved/worlds/d.py")
    (tmp_path / "changed/worlds/a.py").write_bytes(b"one = 3\n")

    one, same, moved, changed, empty = map(code_hash, folders)

    assert (one, empty) == (same, None)
    assert len({one, moved, changed}) == 3


def test_what_only_this_process_can_have_is_refused(soundstage: Command, tmp_path: Path, admin: str) -> None:
    played(soundstage, tmp_path, admin, "script:reference")
    words = ("--engine", "remote", "--admin", admin)
    mixed = NOTE.replace("  servers:\n", "  servers:\n    real: {kind: mcp, command: 'true'}\n")

    replay = soundstage("run", "note.yaml", "--agent", "replay:out/episodes/note-1.jsonl", *words)
    real = soundstage("run", write_scene(tmp_path, mixed, "real"), "--agent", "script:reference", *words)
    token = soundstage(
        "run", "note.yaml", "--agent", "script:reference", "--engine", "remote", "--admin", admin, "--admin-token", "no"
    )  # fmt: skip

    assert [ran.status for ran in (replay, real, token)] == [2, 2, 2]
    assert "plays in this process only" in replay.err
    assert "real: a real server keeps its own state" in real.err
    assert "that is not the stage's admin token" in token.err


def test_where_agents_go_is_not_taken_for_where_owners_go(soundstage: Command, tmp_path: Path, admin: str) -> None:
    world = {"soundstage": 1, "world": "w", "servers": {"files": {"kind": "filesystem", "root": "/workspace"}}}
    episode = Admin(admin, TOKEN).ask("POST", "/episodes", {"world": world})
    place = urljoin(episode["servers"]["files"], "/")

    ran = soundstage(
        "run", write_scene(tmp_path), "--agent", "script:reference", "--engine", "remote", "--admin", place
    )

    assert (ran.status, "is no admin API" in ran.err, "Expecting value" in ran.err) == (2, True, False), ran.err
