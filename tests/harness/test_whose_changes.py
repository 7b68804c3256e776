"""Whatever faults of the state change is never the agent's, on every kind of part; what the agent changes is."""

from pathlib import Path
from typing import Any, Final

import pytest

import soundstage
from fault_injection.fault import Acting, faults
from tests.harness.scenes import write_scene

SCENE: Final = """
soundstage: 1
task: Set what is yours.
world:
  world: ground
  servers:
    files: {kind: filesystem, root: /w, tree: {own.txt: mine, theirs.txt: theirs}}
    shop:
      kind: sql
      imitates: sqlite
      schema: "create table t (id integer primary key, n integer); insert into t values (1, 1), (2, 2);"
    lake:
      kind: sql
      imitates: motherduck
      schema: "create table t (id integer primary key, n integer); insert into t values (1, 1), (2, 2);"
faults: FAULTS
success: {one: {sql: "select 1 as one", is: 1}}
guard: {may_change: MAY}
seeds: {world: 1}
"""
WRITES: Final[dict[str, tuple[str, dict[str, Any], str]]] = {
    "files": ("write_file", {"path": "/w/own.txt", "content": "agent's"}, "files:/w/own.txt"),
    "shop": ("write_query", {"query": "update t set n = 10 where id = 1"}, "shop.t[1].n"),
    "lake": ("execute_query", {"sql": "update t set n = 10 where id = 1"}, "lake.t"),
}
DEEDS: Final[dict[str, dict[str, Any]]] = {
    "files": {"do": "append", "with": {"path": "/w/{own}.txt", "text": " and more"}},
    "shop": {"do": "update", "with": {"table": "t", "set": {"n": 99}, "where": {"id": "{id}"}}},
    "lake": {"do": "update", "with": {"table": "t", "set": {"n": 99}, "where": {"id": "{id}"}}},
}
ACTING: Final = [name for name, kind in faults if issubclass(kind, Acting) and name != "interruption"]


def judged(folder: Path, server: str, rules: str) -> tuple[list[Any], set[str]]:
    """The collateral of one write under rules in which only that write is allowed, and who changed what."""
    tool, arguments, allowed = WRITES[server]
    may = f'["{allowed}"]' if server != "lake" else '["lake.t[1].n"]'
    text = SCENE.replace("FAULTS", rules).replace("MAY", may)
    with soundstage.Episode(write_scene(folder, text, "ground")) as episode:
        episode.call(server, tool, arguments)
        verdict = episode.score("done")
        actors = {actor for entry in episode.steps for change in entry.changes for actor in change["actors"]}
    return list(verdict.collateral), actors


@pytest.mark.parametrize("server", WRITES)
@pytest.mark.parametrize("kind", ACTING)
def test_what_faults_of_the_state_change_is_never_charged(tmp_path: Path, kind: str, server: str) -> None:
    collateral, _ = judged(tmp_path, server, f"[{{on: {server}.*, fault: {kind}}}]")

    assert collateral == []


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("server", WRITES)
def test_somebody_else_at_work_on_the_same_thing_or_another_is_not_charged(
    tmp_path: Path, server: str, same: bool
) -> None:
    deed = str(DEEDS[server]).replace("{own}", "own" if same else "theirs").replace("'{id}'", "1" if same else "2")
    collateral, actors = judged(
        tmp_path, server, f"[{{on: {server}.*, fault: concurrent_actor, with: {{do: {deed}}}}}]"
    )

    assert collateral == [] and "fault" in actors
