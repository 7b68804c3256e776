"""The world after each step can be had again from what a run has kept, and only from that."""

from pathlib import Path

import pytest

from harness.recording.record import read_trajectory
from harness.recording.rewind import Rewind, RewindError, world_at
from sandbox_server.errors import NotFound
from tests.harness.command import Command
from tests.harness.scenes import write_scene
from worlds.query.views import views

BUSY = """
soundstage: 1
task: Do a bit of everything.
world:
  world: busy
  clock: 2026-03-02T09:00:00Z
  servers:
    files: {kind: filesystem, root: /workspace, tree: {a.txt: one, d/b.txt: two}}
    shop:
      kind: sql
      schema: "create table t (id integer primary key, n integer); insert into t values (1, 1), (2, 2);"
    lake:
      kind: sql
      imitates: motherduck
      schema: "create table u (id integer primary key, n integer); insert into u values (1, 1);"
success:
  changed: {sql: "select n from shop.t where id = 1", is: 3}
reference:
  - files.write_file: {path: /workspace/a.txt, content: changed}
  - shop.write_query: {query: "update t set n = 3 where id = 1"}
  - shop.read_query: {query: "select * from t"}
  - lake.execute_query: {sql: "select count(*) from u"}
  - files.create_directory: {path: /workspace/e}
  - files.move_file: {source: /workspace/d/b.txt, destination: /workspace/e/c.txt}
  - shop.write_query: {query: "insert into t values (7, 7)"}
  - shop.write_query: {query: "delete from t where id = 2"}
  - shop.append_insight: {insight: All is well.}
  - files.read_text_file: {path: /workspace/a.txt}
"""


def recorded(soundstage: Command, folder: Path) -> Path:
    """The trajectory of the reference of a scenario that uses every kind of part."""
    ran = soundstage("run", write_scene(folder, BUSY, "busy"), "--agent", "script:reference", "--out", "out")
    assert ran.status == 0, ran.out + ran.err
    return folder / "out/episodes/busy-1.jsonl"


def test_each_step_is_there_again(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)
    trajectory = read_trajectory(path)
    rewind = Rewind(path)

    assert rewind.at(0).content_digest().hex() == trajectory.opening.start_digest
    assert trajectory.closing is not None
    assert rewind.final().content_digest().hex() == trajectory.closing.final_digest
    for step in reversed(trajectory.steps):
        world = rewind.at(step.step_number)
        assert world.content_digest().hex() == step.world_state_hash
        assert all(part.digest() == part.recomputed()[0] for part in world.parts.values())
    rewind.close()


def test_steps_that_change_nothing_keep_nothing(soundstage: Command, tmp_path: Path) -> None:
    steps = read_trajectory(recorded(soundstage, tmp_path)).steps

    assert [step.step_number for step in steps if step.delta is None] == [3, 4, 10]


def test_a_step_tells_what_had_changed_by_then_and_who_did_it(soundstage: Command, tmp_path: Path) -> None:
    rewind = Rewind(recorded(soundstage, tmp_path))
    first = rewind.at(0)

    assert [(c.path, c.kind, c.actors) for c in rewind.at(2).diff(first)] == [
        ("files:/workspace/a.txt", "changed", ("agent",)),
        ("shop.t[1]", "changed", ("agent",)),
    ]
    assert len(rewind.at(8).diff(first)) == 7
    answer = views(rewind.at(7), first).query(
        "select id from shop.t union all select -id from before.shop.t order by 1"
    )
    assert [row[0] for row in answer.rows] == [-2, -1, 1, 2, 7]
    rewind.close()


def test_episodes_that_do_the_same_keep_it_once(soundstage: Command, tmp_path: Path) -> None:
    scene = write_scene(tmp_path, BUSY, "busy")
    for name, trials in (("once", 1), ("often", 5)):
        soundstage("run", scene, "--agent", "script:reference", "--out", name, "--trials", trials)
    once, often = (sum(path.stat().st_size for path in (tmp_path / n / "states").iterdir()) for n in ("once", "often"))

    assert once == often


def test_it_needs_neither_scenario_nor_world_nor_the_place_where_it_was_recorded(
    soundstage: Command, tmp_path: Path
) -> None:
    path = recorded(soundstage, tmp_path)
    (tmp_path / "busy.yaml").unlink()
    (tmp_path / "out").rename(tmp_path / "elsewhere")
    moved = tmp_path / "elsewhere/episodes" / path.name

    assert world_at(moved, 7).content_digest().hex() == read_trajectory(moved).steps[6].world_state_hash


def test_a_step_that_does_not_exist_is_refused(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)
    for step in (-1, 11):
        with pytest.raises(NotFound, match="known: 0-10"):
            world_at(path, step)


def test_missing_and_damaged_states_are_named(soundstage: Command, tmp_path: Path) -> None:
    path = recorded(soundstage, tmp_path)
    [pack] = (tmp_path / "out/states").iterdir()
    whole = pack.read_bytes()
    pack.write_bytes(whole[:-1])
    assert world_at(path, 2).content_digest().hex() == read_trajectory(path).steps[1].world_state_hash
    with pytest.raises(RewindError, match=r"step 9 of .* cannot be had: no content with the hash"):
        world_at(path, 9)

    for at in range(100, len(whole), len(whole) // 40):
        pack.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            found = world_at(path, 9)
        except RewindError as error:
            assert "cannot be had" in str(error)
        else:
            assert found.content_digest().hex() == read_trajectory(path).steps[8].world_state_hash
    pack.unlink()
    (tmp_path / "out/states").rmdir()
    with pytest.raises(RewindError, match="are not there"):
        world_at(path, 0)
