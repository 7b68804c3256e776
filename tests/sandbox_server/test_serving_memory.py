"""What stages remember: private, whole, and never in the way of the next start."""

import json
import stat
from pathlib import Path

import pytest

from sandbox_server.errors import NotFound, StageError
from sandbox_server.serving.finding import find_stage
from sandbox_server.serving.memory import Memory, Remembered, Running, all_memories, file_name
from sandbox_server.serving.ports import COUNT, FIRST, candidates
from sandbox_server.serving.whereabouts import find_whereabouts

RUNNING = Running(1, "http://127.0.0.1:9", "owners-token", "http://127.0.0.1:19", "relay-secret")
KEPT = Remembered(20_001, 20_002, "agents-token", "owners-token", {"clerk": "clerks-token"}, RUNNING)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    memory = Memory("/a/b/world.yaml", tmp_path)
    memory.write(KEPT)

    assert memory.read() == KEPT
    assert [found.world for found in all_memories(tmp_path)] == ["/a/b/world.yaml"]
    assert Memory("/a/c/world.yaml", tmp_path).read() == Remembered()


def test_files_are_for_their_user_alone(tmp_path: Path) -> None:
    Memory("w", tmp_path / "state").write(KEPT)

    for path in (tmp_path / "state").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(list((tmp_path / "state").iterdir())) == 2


def test_relays_learn_nothing_about_the_owner(tmp_path: Path) -> None:
    Memory("w", tmp_path).write(KEPT)

    (path,) = tmp_path.glob("*.relay.json")
    assert json.loads(path.read_text()) == {
        "world": "w", "address": "127.0.0.1", "port": 19, "secret": "relay-secret",
    }  # fmt: skip
    assert find_whereabouts("w", tmp_path)[0].secret == "relay-secret"


def test_only_the_own_stage_is_forgotten(tmp_path: Path) -> None:
    memory = Memory("w", tmp_path)
    memory.write(KEPT)

    memory.forget_running(2)
    assert memory.read() == KEPT
    memory.forget_running(1)

    assert memory.read().running is None
    assert memory.read().token == "agents-token"
    with pytest.raises(NotFound):
        find_whereabouts(None, tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"5", b'{"version": 1}', b'{"version": 99}', b"\xff\0", b'{"version":1,"port":"x"}',
                b'{"version":1,"port":1,"admin_port":1,"token":"","admin_token":"","actors":[],"running":null}',
                b'{"version":1,"port":1,"admin_port":1,"token":"","admin_token":"","actors":{},"running":{"pid":1}}'],
)  # fmt: skip
def test_a_damaged_note_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    memory = Memory("w", tmp_path)
    memory.path.write_bytes(content)
    memory.path.with_suffix(".relay.json").write_bytes(content)

    assert memory.read() == Remembered()
    assert all_memories(tmp_path) == []
    with pytest.raises(NotFound):
        find_whereabouts(None, tmp_path)
    memory.write(KEPT)
    assert memory.read() == KEPT


def test_half_a_note_is_never_left(tmp_path: Path) -> None:
    memory = Memory("w", tmp_path)
    memory.write(KEPT)
    memory.path.with_name(f"{memory.path.name}.1.partial").write_text("left by a kill")

    memory.write(Remembered())

    assert memory.read() == Remembered()


def test_a_note_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StageError, match="cannot be kept"):
        Memory("w", tmp_path / "file").write(KEPT)


def test_a_stage_that_is_gone_is_not_found(tmp_path: Path) -> None:
    Memory("w", tmp_path).write(KEPT)

    with pytest.raises(NotFound, match="no stage is running"):
        find_stage(None, tmp_path)


def test_files_are_named_after_their_worlds(tmp_path: Path) -> None:
    names = [
        file_name(world) for world in ("bookshop", "/a/bookshop/world.yaml", "/b/bookshop/world.yaml", "/x/../ü.yaml")
    ]

    assert [name.rpartition("-")[0] for name in names] == ["bookshop", "bookshop", "bookshop", "-"]
    assert len(set(names)) == 4


def test_ports_of_a_name_are_always_the_same() -> None:
    assert list(candidates("w")) == list(candidates("w"))
    assert all(FIRST <= port < FIRST + COUNT for port in candidates("w"))
    assert next(candidates("w")) != next(candidates("w admin"))
