"""A person's functions work on the world as every other tool does: atomic, forked, in the ledger, under faults."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox_server.call import Call, Reply
from sandbox_server.errors import StageError
from sandbox_server.path import walk
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from worlds.clock import SECOND
from worlds.errors import WorldError
from worlds.worldfile import plan_world
from worlds.yamlfile import parse_yaml

WORLD = """
soundstage: 1
world: desk
clock: 2026-03-02T09:00:00Z
servers:
  mine: {kind: tools, code: %s, tables: {notes: {first: {text: hello}}}}
  files: {kind: filesystem, root: /w, tree: {log.txt: ""}}
  shop:
    kind: sql
    schema: "create table orders (id integer primary key, total real);"
    rows: {orders: [[1, 9.5], [2, 3]]}
  inbox: {kind: mail, account: me@desk.test, contacts: [{address: ida@example.test}]}
"""
HERE = Path(__file__).parent


class Desk:
    """One episode with tools of its own."""

    def __init__(self, code: str = "desk_tools.py", folder: Path = HERE, seed: int = 1) -> None:
        self.stage = Stage()
        plan = plan_world(parse_yaml(WORLD % code, "desk.yaml"), folder)
        self.episode = self.stage.open(present(plan, seed=seed))

    def call(self, tool: str, **arguments: Any) -> Reply:
        return asyncio.run(walk(self.episode, Call("mine", tool, arguments))).reply

    def text(self, tool: str, **arguments: Any) -> str:
        reply = self.call(tool, **arguments)
        assert reply.result is not None
        return str(reply.result["content"][0]["text"])

    def changed(self) -> list[str]:
        return [change.path for change in self.episode.world.diff(self.episode.first)]


def test_the_world_is_not_among_the_parameters() -> None:
    tools = Desk().episode.servers["mine"].surface.by_name
    assert list(tools["add_note"]["inputSchema"]["properties"]) == ["title", "text"]
    assert tools["draw"]["inputSchema"]["properties"] == {}


def test_what_a_tool_keeps_is_content_with_an_actor_and_a_time() -> None:
    desk = Desk()
    assert desk.text("add_note", title="second", text="hi") == "Kept second."
    (change,) = desk.episode.world.diff(desk.episode.first)
    assert (change.path, change.actors) == ("mine.notes[second]", ("agent",))
    assert change.after == {"text": "hi", "by": "agent", "at": "2026-03-02T09:00:00.001000+00:00"}
    assert desk.call("add_note", title="second").failed
    assert json.loads(desk.text("titles")) == ["first", "second", "ida@example.test"]


def test_one_call_changes_several_parts_or_none() -> None:
    desk = Desk()
    assert json.loads(desk.text("close_order", order=1)) == {"total": 9}
    assert desk.changed() == ["files:/w/log.txt", "shop.orders[1]"]
    assert desk.text("close_order", order=7) == "There is no order 7."
    assert desk.text("fail") == "Error calling tool 'fail': no luck"
    assert desk.changed() == ["files:/w/log.txt", "shop.orders[1]"]
    assert desk.episode.ledger.entries[-1].notes == {"raised": "RuntimeError: no luck"}
    desk.episode.world.clock.advance(61 * SECOND)
    desk.text("titles")
    assert sum(path.startswith("inbox.messages") for path in desk.changed()) == 1


def test_a_fork_goes_on_by_itself_and_draws_the_same() -> None:
    desk = Desk()
    twin = desk.stage.fork(desk.episode)
    here = json.loads(desk.text("draw"))
    there = asyncio.run(walk(twin, Call("mine", "draw", {}))).reply.result
    assert there is not None
    assert there["structuredContent"]["result"] == here
    assert json.loads(desk.text("draw")) != here
    desk.text("add_note", title="mine alone")
    assert twin.world.diff(twin.first) == []
    assert json.loads(Desk(seed=2).text("draw")) != here


def test_what_is_not_there_is_named_with_what_is() -> None:
    told = Desk().text("nowhere", table="never")
    assert told == "Error calling tool 'nowhere': there is no table 'never' (one of: notes)"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("x = 1\n", "defines no public function"),
        ("def f(:\n", r"own\.py:1: SyntaxError"),
        ("\nraise SystemExit(3)\n", r"own\.py:2: SystemExit: 3"),
        ("\n\nraise ValueError('no')\n", r"own\.py:3: ValueError: no"),
        ("async def f() -> int:\n    return 1\n", r"own\.py:1: f is asynchronous"),
        ("def f(*a: int) -> int:\n    return 1\n", r"own\.py:1: f: \*a cannot be described"),
        ("class A: ...\ndef f(a: A) -> int:\n    return 1\n", r"own\.py:2: f: "),
        ("def f(a: 'Never') -> int:\n    return 1\n", r"own\.py:1: f: name 'Never' is not defined"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path: Path, code: str, words: str) -> None:
    (tmp_path / "own.py").write_text(code)
    with pytest.raises((WorldError, StageError), match=words):
        Desk("own.py", tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises((WorldError, StageError), match="there is no file"):
        Desk("own.py", tmp_path)


def test_ten_lines_are_enough(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text('def double(x: int) -> int:\n    """Double a number."""\n    return 2 * x\n')
    assert Desk("own.py", tmp_path).text("double", x=4) == "8"


def test_it_may_import_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "prices.py").write_text("LAMP = 40\n")
    (tmp_path / "own.py").write_text("from prices import LAMP\n\ndef price() -> int:\n    return LAMP\n")
    assert Desk("own.py", tmp_path).text("price") == "40"


def test_one_that_ends_the_process_has_failed_and_left_nothing(tmp_path: Path) -> None:
    lines = ["import sys", "from sandbox_server.tools import Here", "def leave(here: Here) -> str:"]
    lines += ["    here.table('notes').put('second', {'n': 2})", "    sys.exit('gone')"]
    (tmp_path / "own.py").write_text("\n".join(lines) + "\n")
    desk = Desk("own.py", tmp_path)

    assert desk.text("leave") == "Error calling tool 'leave': gone"
    assert desk.changed() == []
    assert desk.episode.ledger.entries[-1].notes == {"raised": "SystemExit: gone"}


KEEPING = """
from decimal import Decimal
from sandbox_server.tools import Here

HELD = {"n": 0}

def count(here: Here) -> int:
    note = here.table("notes").get("first")
    note["n"] = note.get("n", 0) + 1
    return note["n"]

def hold(here: Here) -> int:
    HELD["n"] += 1
    here.table("notes").put("held", HELD)
    return HELD["n"]

def odd(here: Here, kind: str) -> str:
    here.table("notes").put("odd", {"x": object() if kind == "object" else Decimal("1.10")})
    return "kept"
"""


def test_records_are_nobodys_to_change_in_place(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(KEEPING)
    desk = Desk("own.py", tmp_path)

    assert [desk.text("count"), desk.text("count")] == ["1", "1"], "what is not put is not kept"
    assert desk.changed() == []
    desk.text("hold")
    branch = desk.stage.fork(desk.episode)
    desk.text("hold")
    assert branch.world.parts["mine"].records.get("notes", "held") == {"n": 1}  # type: ignore[attr-defined]


def test_records_hold_what_json_can_hold(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(KEEPING)
    desk = Desk("own.py", tmp_path)

    assert "a record is a mapping of what JSON can hold" in desk.text("odd", kind="object")
    assert desk.changed() == []
    desk.text("odd", kind="decimal")
    assert desk.episode.world.parts["mine"].records.get("notes", "odd") == {"x": "1.10"}  # type: ignore[attr-defined]
