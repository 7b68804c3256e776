"""Clusters that cannot be had, and what cannot be sent to them: said in a line, before anything is played."""

import importlib.util
import socket
from pathlib import Path

import pytest

from tests.harness.command import Command
from tests.harness.scenes import write_scene

FORMS = "HOST:PORT from a machine of the cluster, ray://HOST:PORT from any other, auto for the one running here"


def refused(soundstage: Command, folder: Path, *words: object) -> str:
    """What a run is refused with."""
    write_scene(folder)
    given = ["note.yaml", "--agent", "script:reference", "--out", "out", "--engine", "ray"]
    ran = soundstage("run", *given, *words)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert not (folder / "out").exists()
    return ran.err


@pytest.mark.parametrize("address", ["here", "host", "host:port", "host:0", "host:65536", "http://host:1", "a b:1"])
def test_what_is_no_address_is_refused_with_the_forms_of_one(soundstage: Command, tmp_path: Path, address: str) -> None:
    said = refused(soundstage, tmp_path, "--address", address)

    assert said == f"soundstage: --address {address} is not the address of a cluster ({FORMS})\n"


@pytest.mark.parametrize("form", ["127.0.0.1:{}", "ray://127.0.0.1:{}", "[::1]:{}"])
def test_a_cluster_that_does_not_answer_is_told_of_at_once(soundstage: Command, tmp_path: Path, form: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = form.format(taken.getsockname()[1])

        said = refused(soundstage, tmp_path, "--address", address)

    assert said.startswith(f"soundstage: no cluster answers at {address}: ")
    assert FORMS in said


def test_a_library_that_is_missing_is_named(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    assert "pip install 'soundstage[ray]'" in refused(soundstage, tmp_path)


def test_a_folder_too_heavy_to_be_sent_is_refused_with_what_weighs_most(soundstage: Command, tmp_path: Path) -> None:
    for name in ("kept", "runs", "left"):
        (tmp_path / name).mkdir()
        with (tmp_path / name / "data").open("wb") as file:
            file.truncate(300_000_000)
    with socket.create_server(("127.0.0.1", 0)) as there:
        words = ["--address", f"127.0.0.1:{there.getsockname()[1]}"]
        (tmp_path / ".gitignore").write_text("/left/\n")

        said = refused(soundstage, tmp_path, *words)

    assert "more than 200 MB" in said
    assert "most of it in kept" in said
    assert ".rayignore" in said
