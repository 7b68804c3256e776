"""Where Podman stands in Docker's place, what it cannot do is refused before anything is played."""

import json
import os
from pathlib import Path

import pytest

from tests.harness.command import Command, command_in
from tests.harness.scenes import NOTE, write_scene

SERVICE = {"Components": [{"Name": "Podman Engine", "Version": "5.4.2"}, {"Name": "Engine", "Version": "5.4.2"}]}
"""What the program docker tells of Podman's service; what Podman's own program tells of a server is `null`."""
DAEMON = {"Components": [{"Name": "Engine", "Version": "26.1.5"}]}
SHELL = NOTE.replace("servers:\n", "servers:\n    terminal: {kind: shell}\n")


@pytest.fixture
def soundstage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command, run in this process in the test's folder."""
    return command_in(tmp_path, monkeypatch, capfd)


def answer_as(folder: Path, patch: pytest.MonkeyPatch, served: object, *security: str) -> None:
    """Put a program docker on the path that tells this of its daemon."""
    lines = {"version": json.dumps(served), "info": json.dumps(list(security)), "image": "sha256:1"}
    told = "".join(f"  {verb}) echo '{line}' ;;\n" for verb, line in lines.items())
    (folder / "bin").mkdir()
    (folder / "bin" / "docker").write_text(f"#!/bin/sh\ncase $1 in\n{told}  *) exit 1 ;;\nesac\n")
    (folder / "bin" / "docker").chmod(0o755)
    patch.setenv("PATH", f"{folder}/bin", prepend=os.pathsep)


@pytest.mark.parametrize("served", [SERVICE, None], ids=["service", "program"])
def test_agents_in_containers_need_docker_itself(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: object
) -> None:
    answer_as(tmp_path, monkeypatch, served)

    ran = soundstage("run", write_scene(tmp_path), "--agent", "image:mine")

    assert (ran.status, "docker leads to Podman here" in ran.err) == (2, True), ran.err


def test_commands_of_shells_need_docker_itself(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_as(tmp_path, monkeypatch, SERVICE)

    ran = soundstage("run", write_scene(tmp_path, SHELL), "--agent", "script:nothing", "--engine", "docker")

    assert (ran.status, "Podman in Docker's place" in ran.err) == (2, True), ran.err


@pytest.mark.parametrize("served", [SERVICE, DAEMON], ids=["podman", "docker"])
def test_stages_need_a_daemon_that_runs_as_root(
    soundstage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: object
) -> None:
    answer_as(tmp_path, monkeypatch, served, "name=seccomp,profile=default", "name=rootless")

    ran = soundstage("run", write_scene(tmp_path), "--agent", "script:nothing", "--engine", "docker")

    assert (ran.status, "the daemon runs without root" in ran.err) == (2, True), ran.err
