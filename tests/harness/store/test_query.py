"""Runs are asked in SQL: everything recorded is there, nothing else can be reached, and mistakes are shown."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

import soundstage as facade
from harness.recording.run_folder import RunFolder
from harness.store import index as index_module
from harness.store import rows as rows_module
from harness.store.asking import line_to
from harness.store.index import indexed
from harness.store.query import rows_of
from harness.store.tables import TABLES
from tests.harness.command import Command
from tests.harness.scenes import write_scene
from tests.harness.store.runs import LOSING, run
from worlds.query.errors import QueryFailed


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two trials in two arms."""
    folder = tmp_path_factory.mktemp("asked")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)

        write_scene(folder)
        (folder / "losing.yaml").write_text(LOSING, encoding="utf-8")
        facade.run("note.yaml", agent="script:reference", trials=2, faults=["calm", "losing.yaml"], out="out")
    return folder / "out"


def test_every_table_is_a_parquet_file_with_the_columns_that_are_documented(recorded: Path) -> None:
    for table in TABLES:
        found = duckdb.execute(f"describe select * from '{recorded}/index/{table.file}'").fetchall()

        assert [(name, kind) for name, kind, *_ in found] == [(column.name, column.kind) for column in table.columns]


def test_plain_duckdb_reads_runs_in_place(recorded: Path) -> None:
    found = duckdb.execute(
        f"select arm, count(*) from '{recorded.parent}/*/index/episodes.parquet' where success group by arm"
    ).fetchall()

    assert found == [("calm", 2)]


def test_episodes_steps_checks_changes_and_figures_say_what_was_recorded(recorded: Path) -> None:
    episodes = facade.query(recorded, "select arm, trial, outcome, blame, steps, faulted_steps from episodes")
    steps = facade.query(recorded, "select step, tool, arguments->>'path' as path, faults, changes from steps limit 2")
    wrong = facade.query(recorded, "select distinct arm, check_name from checks where not passed")
    changes = facade.query(recorded, "select distinct arm, path, kind, actors from changes")
    figures = facade.query(
        recorded, "select distinct value from figures where figure = 'task_success' and arm = 'calm'"
    )

    assert [tuple(row.values()) for row in episodes[:2]] == [
        ("calm", 1, "success", None, 2, 0),
        ("losing.yaml", 1, "failure", "fault", 2, 1),
    ]
    assert [row["tool"] for row in steps] == ["read_text_file", "write_file"]
    assert steps[1] == {"step": 2, "tool": "write_file", "path": "/workspace/out.txt", "faults": [], "changes": 1}
    assert wrong == [{"arm": "losing.yaml", "check_name": "written"}]
    assert changes == [{"arm": "calm", "path": "files:/workspace/out.txt", "kind": "added", "actors": ["agent"]}]
    assert figures == [{"value": 1.0}]


def test_several_runs_are_told_apart(soundstage: Command, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run(soundstage, tmp_path, "--out", name)
    (tmp_path / "deep").mkdir()
    (tmp_path / "one").rename(tmp_path / "deep/two")

    same = soundstage(
        "query", "two", "deep/two", "select run, count(*) as n from steps group by all order by 1", "--csv"
    )
    twice = soundstage("query", "two", "two", "select 1")

    assert list(csv.reader(io.StringIO(same.out))) == [["run", "n"], ["deep/two", "2"], ["two", "2"]]
    assert twice.status == 2 and "named twice" in twice.err


def test_answers_are_tables_json_or_csv(soundstage: Command, recorded: Path) -> None:
    query = (
        "select trial, arguments, null as nothing from steps join episodes using (run, episode, trial) where step = 1"
    )
    shown = soundstage("query", recorded, query, "--rows", 1)
    as_json = json.loads(soundstage("query", recorded, query, "--json").out)
    as_csv = soundstage("query", recorded, query, "--csv").out.splitlines()

    assert "/workspace/a.txt" in shown.out and "the first 1 rows" in shown.err
    assert as_json[0] == {"trial": 1, "arguments": {"path": "/workspace/a.txt"}, "nothing": None}
    assert len(as_json) == 4 and len(as_csv) == 5 and as_csv[0] == "trial,arguments,nothing"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select scenario,\n  outcom\nfrom episodes", ["line 2:   outcom\n", "          ^\n", "outcome"]),
        ("select * from stpes", ["there is no table stpes", "line 1: select * from stpes\n", "episodes, steps"]),
        ("selec 1", ["syntax error", "line 1: selec 1\n          ^"]),
        ("select reward / 'ä' from episodes", ["line 1: select reward / 'ä' from episodes"]),
    ],
)
def test_mistakes_are_shown_where_they_are(soundstage: Command, recorded: Path, query: str, words: list[str]) -> None:
    found = soundstage("query", recorded, query)

    assert found.status == 2
    assert all(word in found.err for word in words), found.err


def test_nothing_but_the_runs_can_be_reached_and_nothing_can_be_written(recorded: Path, tmp_path: Path) -> None:
    """Tried against a file of our own that plain DuckDB reads, so that a refusal proves something."""
    secret = tmp_path / "secret.csv"
    secret.write_text("word\nswordfish\n")
    before = {file: file.read_bytes() for file in (recorded / "index").iterdir()}
    steps = recorded / "index/steps.parquet"
    hostile = [
        f"select * from '{secret}'", f"select * from read_csv('{secret}')", f"select * from read_text('{secret}')",
        f"select * from glob('{tmp_path}/*')", f"select * from sniff_csv('{secret}')",
        f"select * from query('from read_text(''{secret}'')')", f"copy episodes to '{tmp_path}/out.csv'",
        f"copy (select 1) to '{steps}'", f"with x as (copy (select 1) to '{steps}') select * from x",
        "with x as (delete from episodes returning 1) select * from x", "drop view episodes", "select 1; select 2",
        "set lock_configuration = false", "set enable_external_access = true", "pragma version",
        f"attach '{tmp_path}/a.db'",
        "install httpfs", "load httpfs", "select * from read_csv('http://127.0.0.1:9/x')", "create table t as select 1",
        "call pragma_version()", "select * from information_schema.tables", "", "export database '/nowhere'",
    ]  # fmt: skip

    assert duckdb.execute(f"select * from '{secret}'").fetchall() == [("swordfish",)]
    with line_to([("asked", recorded / "index")]) as line:
        for query in hostile:
            with pytest.raises(QueryFailed):
                list(line.ask(query).rows)
    assert {file: file.read_bytes() for file in (recorded / "index").iterdir()} == before
    assert {file.name for file in tmp_path.iterdir()} == {"secret.csv"}


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e300"])
def test_a_query_is_given_a_time_that_passes(soundstage: Command, recorded: Path, seconds: str) -> None:
    found = soundstage("query", recorded, "select 1", "--seconds", seconds)

    assert found.status == 2 and "Invalid value for '--seconds'" in found.err


def test_signs_in_place_of_what_a_terminal_obeys_are_not_cut(soundstage: Command, recorded: Path) -> None:
    assert "␛[31mred" in soundstage("query", recorded, "select chr(27) || '[31mred' as told").out


def test_a_query_that_overstays_is_ended(soundstage: Command, recorded: Path) -> None:
    found = soundstage("query", recorded, "select list_sort(range(200000000))[1]", "--seconds", 3)

    assert found.status == 2 and ("longer than 3 s" in found.err or "memory" in found.err.lower())


def test_csv_holds_texts_and_numbers_exactly(soundstage: Command, recorded: Path) -> None:
    """Also those that a spreadsheet program would obey, and those that break lines."""
    cells = ["=1+1", "+1", "-1", "@sum", "\tx", "\rx", "a\rb", "a\nb", 'say "a"', "a,b", " x ", "-0.5", ""]
    texts = ", ".join("'{}'".format(cell.replace("'", "''")) for cell in cells)

    out = soundstage("query", recorded, f"select unnest([{texts}]) as cell, -7 as number", "--csv").out

    assert list(csv.reader(io.StringIO(out, newline="")))[1:] == [[cell, "-7"] for cell in cells]


def test_an_index_is_renewed_where_records_are_newer(soundstage: Command, tmp_path: Path) -> None:
    run(soundstage, tmp_path, "--trials", "3", "--out", "out")
    folder, outcomes = RunFolder(tmp_path / "out"), "select trial, outcome, steps from episodes"
    whole, record = rows_of(["out"], outcomes), folder.record("note", 2)
    complete = record.read_bytes()
    record.write_bytes(b"".join(complete.splitlines(keepends=True)[:2]) + b'{"torn')
    killed = rows_of(["out"], outcomes)
    record.unlink()
    gone = rows_of(["out"], outcomes)
    record.write_bytes(complete)

    assert killed[1] == {"trial": 2, "outcome": "lost", "steps": 1}
    assert gone[1] == {"trial": 2, "outcome": "not_run", "steps": None}
    assert rows_of(["out"], outcomes) == whole
    assert rows_of(["out"], "select trial, step from steps") == [
        {"trial": trial, "step": step} for trial in (1, 2, 3) for step in (1, 2)
    ]


def test_only_what_changed_is_read_whole(soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(soundstage, tmp_path, "--trials", "3", "--out", "out")
    folder, read = RunFolder(tmp_path / "out"), list[str]()
    real = rows_module.episode_rows

    def noted(path: Path, *rest: Any) -> Any:
        read.append(path.name)
        return real(path, *rest)

    monkeypatch.setattr("harness.store.index.episode_rows", noted)
    folder.record("note", 3).unlink()
    indexed(folder)
    indexed(folder)

    assert read == ["note-3.jsonl"]


def test_what_agents_send_is_kept_in_the_index_whatever_it_is(soundstage: Command, tmp_path: Path) -> None:
    """Half characters, nul, numbers beyond 64 bits, very long texts."""
    run(soundstage, tmp_path, "--out", "out")
    record = RunFolder(tmp_path / "out").record("note", 1)
    lines = record.read_text().splitlines()
    step = json.loads(lines[1])
    step["action"]["arguments"] = {"half": "\ud800", "nul": "a\0b", "long": 10**40, "'quote'": '"; drop view steps; --'}
    step["result"] = {"result": {"content": [{"type": "text", "text": "x" * 2_000_000}]}}
    step["thought"] = "half \udfff"
    lines[1] = json.dumps(step)
    record.write_text("\n".join(lines) + "\n")

    (row,) = rows_of(
        ["out"],
        "select arguments->>'nul' as nul, arguments::varchar as a, cut, result, thought, length(told) as n "
        "from steps where step = 1",
    )

    assert row["nul"] == "a\0b" and str(10**40) in row["a"] and row["cut"] is True and row["result"] is None
    assert row["thought"] == "half ?" and row["n"] < 5_000


def test_a_run_that_may_only_be_read_is_indexed_elsewhere(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(soundstage, tmp_path, "--out", "out")
    monkeypatch.setenv("SOUNDSTAGE_CACHE", str(tmp_path / "cache"))
    kept = (tmp_path / "out/index").rename(tmp_path / "kept")
    (tmp_path / "out/.index.lock").unlink()
    (tmp_path / "out/.index.lock").mkdir()  # root may write where it likes; nobody opens a folder for writing
    monkeypatch.setattr(index_module, "_UNWRITABLE", (*index_module._UNWRITABLE, 21))

    assert rows_of(["out"], "select count(*) as n from steps") == [{"n": 2}]
    assert kept.exists() and not (tmp_path / "out/index").exists()


def test_the_manifest_says_versions_seeds_and_hashes(recorded: Path) -> None:
    manifest = RunFolder(recorded).manifest()
    (row,) = rows_of([str(recorded)], "select status, versions['duckdb'] as duckdb, planned, arms from runs")

    assert {"soundstage", "python", "platform", "duckdb", "mcp"} <= manifest.versions.keys()
    assert manifest.seed == 1 and manifest.scenarios[0].hash and manifest.scenarios[0].start_digest
    assert row == {"status": "finished", "duckdb": duckdb.__version__, "planned": 4, "arms": ["calm", "losing.yaml"]}


def test_the_tables_are_documented(soundstage: Command) -> None:
    shown = soundstage("query", "--schema").out

    assert all(column.about and column.name in shown for table in TABLES for column in table.columns)
