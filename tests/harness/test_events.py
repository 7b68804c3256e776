"""Events of scenarios: when they happen, in whose name, and with which values."""

from datetime import datetime
from pathlib import Path

import pytest

import soundstage as facade
from tests.harness.command import Command
from tests.harness.scenes import scene, write_scene
from tests.harness.test_scenario_rules import DEPOT, DESK, prepared
from worlds.clock import SECOND, parse_time
from worlds.yamlfile import FileProblem

EVENTS = (
    DEPOT
    + """
events:
  - {at: +20m, server: files, do: append, with: {path: out.txt, text: second}}
  - {at: 2026-03-02T09:10:00Z, server: files, do: write, with: {path: out.txt, text: "first "}}
  - {at: +10m, server: shop, do: insert, with: {table: books, row: {id: 2, title: Persuasion, cents: 800}}}
  - {at: +10m, server: depot, do: insert, with: {table: stock, row: {id: 2, left_over: 5}}}
"""
)


def test_events_wait_on_the_agenda_in_the_order_of_their_times(tmp_path: Path) -> None:
    ready = prepared(tmp_path, EVENTS)

    due = [(event.due_ns - ready.world.clock.now_ns) // SECOND for event in ready.world.agenda.events]
    assert due == [600, 600, 600, 1200]
    assert ready.world.clock.now_ns == parse_time("2026-03-02T09:00:00Z")
    assert not ready.weak


def test_events_happen_at_their_times_and_are_never_the_agents(tmp_path: Path) -> None:
    with facade.Episode(write_scene(tmp_path, EVENTS)) as episode:
        episode.wait(599)
        episode.call("files", "list_directory", {"path": "/w"})
        before = episode.query("select count(*) as n from shop.books")
        episode.wait(2)
        episode.call("files", "list_directory", {"path": "/w"})

        assert before == [{"n": 1}]
        assert [(change.path, change.actors) for change in episode.diff()] == [
            ("depot.stock[2]", ("agenda",)),
            ("files:/w/out.txt", ("agenda",)),
            ("shop.books[2]", ("agenda",)),
        ]
        changed = episode.query("select mtime from files.files where path = '/w/out.txt'")
        assert changed == [{"mtime": datetime(2026, 3, 2, 9, 10)}]


def test_what_is_due_by_the_end_happens_before_the_checks(tmp_path: Path, soundstage: Command) -> None:
    """Nobody calls anything after the wait: the event happens all the same, and one that comes later does not."""
    text = EVENTS + "reference: [{wait: 15m}]\n"
    write_scene(tmp_path, text.replace("file: /w/out.txt", "file: /w/out.txt, is: 'first '"))

    assert soundstage("run", "note.yaml", "--agent", "script:reference").status == 0
    with facade.Episode(tmp_path / "note.yaml") as episode:
        assert not episode.score().success
        episode.wait(601)
        assert episode.score().success


def test_values_in_the_sql_of_events_are_bound(tmp_path: Path) -> None:
    """What looks like SQL stays a value, in either engine; it may stand there twice."""
    text = 'params: {title: "x\', 0); drop table books; --", left: 7}\n' + DEPOT.replace("task: t", "task: t ${left}")
    text += """
events:
  - {at: +1m, server: shop, do: execute, with: {sql: "insert into books select 2, ${title}, length(${title})"}}
  - {at: +1m, server: depot, do: execute, with: {sql: "update stock set left_over = ${left} where id <> ${left}"}}
"""
    with facade.Episode(write_scene(tmp_path, text)) as episode:
        episode.wait(60)
        episode.call("files", "list_directory", {"path": "/w"})

        assert episode.query("select title from shop.books where id = 2") == [{"title": "x', 0); drop table books; --"}]
        assert episode.query("select left_over from depot.stock") == [{"left_over": 7}]


def test_values_in_the_sql_of_events_stand_alone(tmp_path: Path) -> None:
    text = "params: {n: 1}\n" + DESK + "events: [{at: +1m, server: shop, do: execute, with: {sql: 'select ${n}'"

    with pytest.raises(FileProblem, match=r"give values as .* or as parameters, not both"):
        scene(tmp_path, text + ", parameters: [1]}}]\n")
    with pytest.raises(FileProblem, match=r"note.yaml:17:\d+: .*stands inside quotes"):
        scene(tmp_path, text.replace("select ${n}", "select ''${n}''") + "}}]\n")


def test_operations_are_called_the_same_for_both_engines(tmp_path: Path) -> None:
    text = (
        DEPOT
        + """
events:
  - {at: +1m, server: shop, do: merge, with: {table: books, row: {id: 1, title: Emma, cents: 100}}}
  - {at: +1m, server: shop, do: merge, with: {table: books, row: {id: 2, title: Sanditon, cents: 200}}}
  - {at: +1m, server: depot, do: merge, with: {table: stock, row: {id: 1, left_over: 0}}}
  - {at: +1m, server: depot, do: merge, with: {table: stock, row: {id: 2, left_over: 9}}}
"""
    )
    with facade.Episode(write_scene(tmp_path, text)) as episode:
        episode.wait(60)
        episode.call("files", "list_directory", {"path": "/w"})

        assert episode.query("select cents from shop.books order by id") == [{"cents": 100}, {"cents": 200}]
        assert episode.query("select left_over from depot.stock order by id") == [{"left_over": 0}, {"left_over": 9}]
