"""Worlds: atomic effects, events at their time, forks and restores."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from worlds.agenda import Agenda
from worlds.clock import MS, SECOND, show_time
from worlds.digest import value_hash
from worlds.errors import UnknownName, WorldError
from worlds.parts.filesystem import FileTree
from worlds.world import World
from worlds.worldfile import plan_world, read_world
from worlds.yamlfile import FileProblem, parse_yaml

WORLD = """
soundstage: 1
world: desk
clock: 2026-03-02T09:00:00Z
servers:
  left: {kind: filesystem, root: /l, tree: {a.txt: one}}
  right: {kind: filesystem, root: /r, tree: {b.txt: two}}
"""


def desk() -> World:
    return plan_world(parse_yaml(WORLD, "desk.yaml"), Path()).build(seed=3)


def write(world: World, part: str, path: str, text: str) -> None:
    tree = world.parts[part]
    assert isinstance(tree, FileTree)
    tree.write(path, text.encode(), now_ns=world.clock.now_ns)


def read(world: World, part: str, path: str) -> bytes:
    tree = world.parts[part]
    assert isinstance(tree, FileTree)
    return tree.read(path)


def test_an_effect_across_parts_happens_whole_or_not_at_all() -> None:
    world = desk()
    before = world.content_digest()

    with pytest.raises(ZeroDivisionError), world.effect("agent"):
        write(world, "left", "/l/a.txt", "half")
        write(world, "right", "/r/b.txt", "done")
        raise ZeroDivisionError
    assert read(world, "left", "/l/a.txt") == b"one"
    assert world.content_digest() == before


def test_a_step_reports_its_changes_with_their_actor() -> None:
    world = desk()

    with world.effect("ida") as changes:
        write(world, "right", "/r/new.txt", "hello")
    assert [(c.path, c.kind, c.actors) for c in changes] == [("right:/r/new.txt", "added", ("ida",))]
    assert world.diff(desk()) == changes


def test_events_run_at_their_own_time_in_order_before_the_next_effect() -> None:
    world = desk()
    now = world.clock.now_ns
    later: Mapping[str, Any] = {"path": "/l/later.txt", "text": "2"}
    world.agenda = world.agenda.schedule(now + 20 * SECOND, "left", "write", later)
    world.agenda = world.agenda.schedule(now + 10 * SECOND, "left", "write", {**later, "text": "1"}, "colleague")
    world.agenda = world.agenda.schedule(now + 90 * SECOND, "left", "write", {**later, "text": "3"})

    world.clock.advance(30 * SECOND)
    with world.effect("agent") as changes:
        assert read(world, "left", "/l/later.txt") == b"2"
    assert [c.actors for c in changes] == [("colleague",), ("agenda",)]
    tree = world.parts["left"]
    assert isinstance(tree, FileTree)
    assert show_time(tree.stat("/l/later.txt").mtime_ns) == "2026-03-02T09:00:20.000Z"
    assert world.clock.now_ns == now + 30 * SECOND
    assert len(world.agenda.events) == 1


def test_forks_do_not_see_each_other() -> None:
    world = desk()
    fork = world.fork()

    with world.effect("agent"):
        write(world, "left", "/l/a.txt", "mine")
    with fork.effect("agent"):
        write(fork, "left", "/l/a.txt", "yours")
    assert (read(world, "left", "/l/a.txt"), read(fork, "left", "/l/a.txt")) == (b"mine", b"yours")


def test_the_step_after_a_restore_equals_the_step_of_the_uninterrupted_run() -> None:
    def step(world: World, text: str) -> str:
        world.clock.arrive()
        world.attempt("left.write_file", b"{}")
        with world.effect("agent"):
            write(world, "left", "/l/a.txt", text)
        return world.state_digest().hex()

    world = desk()
    step(world, "first")
    kept = world.fork()
    wanted = step(world, "second")
    step(world, "third")

    world.adopt(kept)
    assert step(world, "second") == wanted
    assert step(kept, "second") == wanted


def test_the_state_digest_covers_clock_agenda_and_attempts_and_the_content_digest_does_not() -> None:
    worlds = [desk() for _ in range(4)]
    worlds[1].clock.advance(MS)
    worlds[2].attempt("left.read", b"{}")
    worlds[3].agenda = Agenda().schedule(1, "left", "write", {})

    assert len({w.state_digest() for w in worlds}) == 4
    assert len({w.content_digest() for w in worlds}) == 1


def test_attempts_count_equal_calls_only() -> None:
    world = desk()

    assert [world.attempt("t", a).attempt for a in (b"{}", b"{}", b"[]", b"{}")] == [1, 2, 1, 3]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("world: Desk", r"desk.yaml:3:1: world: "),
        ("clock: yesterday", r"desk.yaml:4:1: clock: "),
        ("clocks: 1", r"desk.yaml:\d+:1: clocks: this key is not known here"),
        ("servers: {x: {kind: nosuch}}", r"desk.yaml:5:15: kind: 'nosuch' is not one of: .*filesystem"),
        ("servers: {X-1: {kind: filesystem}}", r"desk.yaml:5:11: 'X-1' cannot name a server"),
        ("servers: {}", r"desk.yaml:5:1: servers: "),
        ("servers: {x: {kind: filesystem, root: relative}}", r"desk.yaml:5:\d+: .*root"),
    ],
)
def test_a_wrong_world_file_is_refused_at_its_place(change: str, said: str) -> None:
    key = change.partition(":")[0]
    kept = [
        line for line in WORLD.splitlines() if not line.startswith((f"{key}:", "  ") if key == "servers" else f"{key}:")
    ]
    at = {"world": 2, "clock": 3, "servers": 4}.get(key, len(kept))
    text = "\n".join([*kept[:at], change, *kept[at:]])

    with pytest.raises(FileProblem, match=said):
        plan_world(parse_yaml(text, "desk.yaml"), Path()).build()


def test_an_unknown_world_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="one of"):
        read_world("no_such_world")


def test_an_event_with_an_unknown_operation_names_the_known_ones() -> None:
    world = desk()
    world.agenda = world.agenda.schedule(0, "left", "explode", {})

    with pytest.raises(WorldError, match="write"):
        world.run_due()


class Count:
    """A companion that counts."""

    def __init__(self, number: int = 0) -> None:
        self.number = number

    def fork(self) -> "Count":
        return Count(self.number)

    def digest(self) -> bytes:
        return value_hash(self.number)

    def dump(self) -> Mapping[str, Any]:
        return {"number": self.number}

    def load(self, state: Mapping[str, Any]) -> "Count":
        return Count(state["number"])


def test_what_companions_learn_after_an_undo_does_not_reach_the_state_that_was_saved() -> None:
    count = Count()
    world = desk()
    world.companions["count"] = count
    saved = world.fork()
    before = saved.state_digest()

    world.undo(saved)
    now = world.companions["count"]
    assert isinstance(now, Count)
    now.number += 1

    assert saved.state_digest() == before


def test_an_event_that_cannot_happen_is_missed_and_holds_up_neither_time_nor_others() -> None:
    world = desk()
    now_ns = world.clock.now_ns
    agenda = Agenda()
    for at, path in ((1, "/l/one"), (2, "/nowhere/two"), (3, "/l/three")):
        agenda = agenda.schedule(now_ns + at * MS, "left", "write", {"path": path, "text": "x"})
    world.agenda = agenda
    world.clock.advance(5 * MS)

    missed: list[tuple[int, str]] = []
    changes = world.run_due(lambda event, error: missed.append((event.number, type(error).__name__)))

    assert [change.path for change in changes] == ["left:/l/one", "left:/l/three"]
    assert [number for number, _ in missed] == [2]
    assert (world.clock.now_ns, world.agenda.events) == (now_ns + 5 * MS, ())
