"""Checks on worlds: tables with what was before, files, and calls."""

from pathlib import Path

import pytest

from harness.staging.prepared import Builder
from tests.harness.command import Command
from tests.harness.scenes import scene, write_scene
from worlds.yamlfile import FileProblem

WORLD = """
soundstage: 1
task: Do it.
world:
  world: desk
  servers:
    files: {kind: filesystem, root: /w, tree: {a.txt: "one\\ntwo", b.json: '{"n": [1, {"x": 2.0}], "no": null}'}}
    shop:
      kind: sql
      schema: |
        create table books (id integer primary key, title text not null, cents integer check (cents > 0));
        insert into books values (1, 'Marram', 1795), (2, 'Slack Water', 1350), (3, 'Longwave', null);
"""
FILES = {
    "{file: /w/a.txt}": True,
    "{file: /w/z.txt}": False,
    "{file: /w/z.txt, exists: false}": True,
    "{file: /w/a.txt, exists: false}": False,
    '{file: /w/a.txt, is: "one\\ntwo"}': True,
    "{file: /w/a.txt, matches: '(?m)^two$'}": True,
    "{file: /w/z.txt, matches: ''}": False,
    "{file: /w, matches: ''}": False,
    "{file: {path: /w/b.json, json: 'n[1].x'}, is: 2}": True,
    "{file: {path: /w/b.json, json: $}, is: {n: [1, {x: 2}], no: null}}": True,
    "{file: {path: /w/b.json, json: no}, is: null}": True,
    "{file: {path: /w/b.json, json: no}}": True,
    "{file: {path: /w/b.json, json: other}}": False,
    "{file: {path: /w/b.json, json: other}, is: null}": True,
    "{file: {path: /w/b.json, json: 'n[7]'}, at_least: 0}": False,
    "{file: {path: /w/a.txt, json: n}, is: 1}": False,
}
TABLES = {
    "{sql: select count(*) from shop.books, is: 3}": True,
    "{sql: select title from shop.books order by id, is: Marram}": True,
    "{sql: select sum(cents) from shop.books, approx: {value: 3100, within: 50}}": True,
    "{sql: 'select id, title from shop.books where id < 3 order by id', rows: [[1, Marram], [2, Slack Water]]}": True,
    "{sql: select title from shop.books where id = 9, is: null}": True,
    "{sql: select title from shop.books where id = 9, at_most: 5}": False,
    "{sql: select count(*) from before.shop.books join shop.books using (id), is: 3}": True,
    "{sql: select count(*) from files.files where kind = 'file', is: 2}": True,
    "{sql: select cast(title as integer) from shop.books, is: 1}": False,
}


@pytest.mark.parametrize("check", [*FILES, *TABLES])
def test_what_checks_find_in_a_world(tmp_path: Path, check: str) -> None:
    prepared = Builder().prepare(scene(tmp_path, f"{WORLD}success:\n  it: {check}\n"), 1)

    assert prepared.weak is {**FILES, **TABLES}[check]


@pytest.mark.parametrize(
    "check",
    [
        "{sql: select * from shop.nothing, is: 1}",
        "{sql: select colour from shop.books, is: 1}",
        "{sql: selec 1, is: 1}",
        "{sql: delete from shop.books, is: 1}",
        "{sql: select 1; select 2, is: 1}",
        "{file: {path: /w/a.txt, on: shop}}",
    ],
)
def test_checks_that_cannot_be_answered_are_found_before_anything_runs(tmp_path: Path, check: str) -> None:
    with pytest.raises(FileProblem, match=r"note\.yaml:14:\d+: it: "):
        Builder().prepare(scene(tmp_path, f"{WORLD}success:\n  it: {check}\n"), 1)


def test_a_dropped_table_fails_a_check_and_invalidates_nothing(soundstage: Command, tmp_path: Path) -> None:
    text = WORLD + "success:\n  kept: {sql: select count(*) from shop.books, is: 3}\n  ran: {calls: {tool: shop.*}}\n"
    text += "reference:\n  - shop.write_query: {query: drop table books}\n"

    ran = soundstage("run", write_scene(tmp_path, text), "--agent", "script:reference")

    assert ran.status == 1
    assert "not: kept" in ran.out


def test_before_is_the_state_at_the_start(soundstage: Command, tmp_path: Path) -> None:
    text = (
        WORLD
        + """success:
  dearer: {sql: select sum(now.cents - was.cents) from shop.books now join before.shop.books was using (id), is: 5}
  called: {calls: {tool: shop.write_query, with: {query: {matches: "(?i)^update"}}}, is: 1}
  failed: {calls: {tool: files.*, failed: true}, is: 1}
  untouched: {calls: {tool: files.write_file}, is: 0}
reference:
  - shop.write_query: {query: update books set cents = cents + 5 where id = 2}
  - files.read_text_file: {path: /w/missing}
    expect: error
"""
    )

    ran = soundstage("run", write_scene(tmp_path, text), "--agent", "script:reference")

    assert ran.status == 0, ran.out


def test_a_scenario_changes_files_and_rows_of_its_base(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    base = "world: desk\nservers:\n" + WORLD.partition("servers:\n")[2]
    (tmp_path / "desk/world.yaml").write_text(base)
    text = """
task: Do it.
world:
  base: desk
  with:
    files: {a.txt: null, new/c.txt: see, /w/d.bin: {base64: AAE=}}
    shop: {books: [{id: 2, cents: 1400}, {id: 4, title: New, cents: 1}]}
success:
  books:
    sql: select id, title, cents from shop.books order by id
    rows: [[1, Marram, 1795], [2, Slack Water, 1400], [3, Longwave, null], [4, New, 1]]
  gone: {file: /w/a.txt, exists: false}
  there: {file: /w/new/c.txt, is: see}
  as_at_the_start: {sql: select count(*) from before.shop.books, is: 4}
"""

    prepared = Builder().prepare(scene(tmp_path, text), 1)

    assert prepared.weak
    assert prepared.world.diff(prepared.world.fork()) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ("{shop: {books: [{id: 9, title: x, cents: -1}]}}", r"note.yaml:4:\d+: shop: books: CHECK constraint failed"),
        ("{shop: {boks: [{id: 9}]}}", r"note.yaml:4:\d+: shop: there is no table 'boks' \(known: books\)"),
        ("{shop: {books: 3}}", r"note.yaml:4:\d+: shop: books: a list of rows is expected"),
        ("{files: {a.txt: 3}}", r"note.yaml:4:\d+: files: a.txt: a text"),
        ("{files: {/etc/passwd: x}}", r"note.yaml:4:\d+: files: "),
    ],
)
def test_changes_that_do_not_fit_are_refused_with_their_place(tmp_path: Path, changes: str, complaint: str) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk/world.yaml").write_text("world: desk\nservers:\n" + WORLD.partition("servers:\n")[2])
    text = f"task: t\nworld:\n  base: desk\n  with: {changes}\nsuccess: {{a: {{file: /w/a.txt}}}}\n"

    with pytest.raises(FileProblem, match=complaint):
        Builder().prepare(scene(tmp_path, text), 1)
