"""Runs in object stores: sent while they go on, fetched where they are needed, never lost with the store."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.store.query import rows_of
from tests.harness.command import Command
from tests.harness.store.runs import run

COUNT = "select count(*) as n from steps"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("SOUNDSTAGE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket behind the real protocol, in a process of its own."""
    code = (
        "from moto.server import ThreadedMotoServer\n"
        "server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)\nserver.start()\n"
        "print(server.get_host_and_port()[1], flush=True)\nimport sys\nsys.stdin.read()\n"
    )
    words = [sys.executable, "-c", code]
    started = subprocess.Popen(words, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True)
    with started as process, pytest.MonkeyPatch.context() as patch:
        assert process.stdout and process.stdin
        port = process.stdout.readline().strip()
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "nobody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        import s3fs

        try:
            s3fs.S3FileSystem().mkdir("runs")
            yield "s3://runs"
        finally:
            process.kill()


def shared(folder: Path) -> dict[str, bytes]:
    """The files of a run that a store is to hold."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_a_store_holds_what_the_disk_holds(soundstage: Command, tmp_path: Path) -> None:
    url = f"file://{tmp_path}/remote/run"

    found = run(soundstage, tmp_path, "--trials", "2", "--out", "out", "--store", url)

    assert found.status == 0
    assert shared(tmp_path / "remote/run") == shared(tmp_path / "out")
    assert "index/steps.parquet" in shared(tmp_path / "remote/run")


def test_a_query_fetches_only_the_index(soundstage: Command, tmp_path: Path, cache: Path) -> None:
    url = f"file://{tmp_path}/remote/run"
    run(soundstage, tmp_path, "--out", "out", "--store", url)

    assert rows_of([url], COUNT) == [{"n": 2}]
    assert not list(cache.rglob("*.jsonl")) and list(cache.rglob("steps.parquet"))


def test_an_index_that_is_older_than_the_records_is_made_again(
    soundstage: Command, tmp_path: Path, cache: Path
) -> None:
    url = f"file://{tmp_path}/remote/run"
    run(soundstage, tmp_path, "--out", "out", "--store", url)
    record = tmp_path / "remote/run/episodes/note-1.jsonl"
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:2]))

    assert rows_of([url], COUNT) == [{"n": 1}]


def test_a_run_goes_on_from_its_store_on_another_machine(soundstage: Command, tmp_path: Path) -> None:
    url = f"file://{tmp_path}/remote/run"
    run(soundstage, tmp_path, "--trials", "3", "--out", "out", "--store", url)
    (tmp_path / "remote/run/episodes/note-2.jsonl").unlink()
    (tmp_path / "out").rename(tmp_path / "gone")

    resumed = soundstage("run", "--resume", url, "--json")
    shown = soundstage("show", url).out
    scored = soundstage("score", url).status

    assert (resumed.status, json.loads(resumed.out)["valid"]) == (0, 3)
    assert (tmp_path / "remote/run/episodes/note-2.jsonl").is_file()
    assert shown.count("success") == 3 and scored == 0


def test_a_store_that_is_taken_or_cannot_be_had_is_refused_before_anything_is_run(
    soundstage: Command, tmp_path: Path
) -> None:
    url = f"file://{tmp_path}/remote/run"
    run(soundstage, tmp_path, "--out", "out", "--store", url)

    taken = run(soundstage, tmp_path, "--out", "other", "--store", url)
    unknown = run(soundstage, tmp_path, "--out", "other", "--store", "nowhere://x/y")
    password = run(soundstage, tmp_path, "--out", "other", "--store", "ftp://me:secret@host/x")

    assert "holds another run" in taken.err and "cannot be opened" in unknown.err and "password" in password.err
    assert {each.status for each in (taken, unknown, password)} == {2}
    assert "secret" not in password.err and not (tmp_path / "other").exists()


def test_a_store_that_fails_costs_neither_records_nor_the_agents_name(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that fails by itself while the run goes on, and holds everything after the run is gone on with."""
    from harness.store import object_store

    url, real = f"file://{tmp_path}/remote/run", object_store.ObjectStore._put
    monkeypatch.setattr(object_store, "_WAITS_S", (0.0,))

    def failing(store: object_store.ObjectStore, file: str, path: str) -> None:
        raise ConnectionError("the line is dead")

    monkeypatch.setattr(object_store.ObjectStore, "_put", failing)
    found = run(soundstage, tmp_path, "--trials", "2", "--out", "out", "--store", url, "--json")
    monkeypatch.setattr(object_store.ObjectStore, "_put", real)
    again = soundstage("run", "--resume", "out")

    assert found.status == 3 and "the line is dead" in found.err and "--resume" in found.err
    assert json.loads(found.out)["success"]["successes"] == 2
    assert again.status == 0 and shared(tmp_path / "remote/run") == shared(tmp_path / "out")


def test_the_real_protocol_of_s3_is_spoken(
    soundstage: Command, tmp_path: Path, bucket: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{bucket}/nightly/1"
    found = run(soundstage, tmp_path, "--trials", "2", "--out", "out", "--store", url)
    (tmp_path / "out").rename(tmp_path / "gone")

    asked = soundstage("query", url, COUNT, "--csv").out
    resumed = soundstage("run", "--resume", url, "--json")

    assert found.status == 0, found.err
    assert asked == "n\n4\n"
    assert (resumed.status, json.loads(resumed.out)["valid"]) == (0, 2)
    assert os.environ["AWS_ENDPOINT_URL"] and list(cache.rglob("note-2.jsonl"))


def test_memory_stores_serve_within_a_process(soundstage: Command, tmp_path: Path) -> None:
    found = run(soundstage, tmp_path, "--out", "out", "--store", "memory://runs/one")

    assert (found.status, "memory://runs/one ends with this process" in found.err) == (0, True)
    assert rows_of(["memory://runs/one"], COUNT) == [{"n": 2}]


def test_a_url_is_no_place_on_this_disk(soundstage: Command, tmp_path: Path) -> None:
    run(soundstage, tmp_path, "--out", "here")

    refused = [
        run(soundstage, tmp_path, "--out", "s3://bucket/run"),
        soundstage("merge", "here", "--out", "s3://bucket/run"),
        soundstage("report", "here", "-o", "s3://bucket/report.html"),
        soundstage("export", "here", "--format", "trl", "--out", "s3://bucket/data"),
    ]

    assert [each.status for each in refused] == [2] * 4
    assert all("is a URL" in each.err and "--store URL" in each.err for each in refused[:1] + refused[2:])
    assert not (tmp_path / "s3:").exists()
