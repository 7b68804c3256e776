"""Docker itself is stopped and started again in mid-run: a daemon of the test's own, which nobody else needs.

It lives in a network namespace of its own, and so does the run, because a daemon takes a machine's bridges for its own.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import pytest

from tests.containers.test_docker_engine import PATIENCE_SECONDS, STOPS, closing_of, stepped, until
from tests.harness.agents import agent
from tests.harness.command import ROOT as CHECKOUT
from tests.harness.scenes import write_scene
from tests.harness.test_command_agents import WRITES

ROOT = () if os.getuid() == 0 else ("sudo", "-n")


class Daemon:
    """A Docker daemon that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/sock"
        self._log = (folder / "log").open("wb")
        self._process: subprocess.Popen[bytes] | None = None
        held = ["unshare", "--net", "sh", "-c", "echo $$; exec cat"]
        self._namespace = subprocess.Popen([*ROOT, *held], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._namespace.stdout is not None
        self._pid = int(self._namespace.stdout.readline())

    @property
    def inside(self) -> tuple[str, ...]:
        """The words before a command line that is to run in the daemon's network namespace."""
        return (*ROOT, "nsenter", f"--net=/proc/{self._pid}/ns/net", "env", f"DOCKER_HOST={self.host}")

    @property
    def variables(self) -> Mapping[str, str]:
        """An environment in which the program docker means this daemon."""
        return {**os.environ, "DOCKER_HOST": self.host}

    def start(self) -> None:
        """Start it, and wait until it answers."""
        places = ("--data-root", "data", "--exec-root", "exec", "--pidfile", "pid")
        words = [word if word.startswith("-") else str(self.folder / word) for word in places]
        apart = ("--bridge", "none", "-H", self.host, "-G", str(os.getgid()))
        self._process = subprocess.Popen([*self.inside, "dockerd", *words, *apart], stdout=self._log, stderr=self._log)
        until(lambda: self.ask("version").returncode == 0)

    def stop(self) -> None:
        """Stop it with all its containers, as when a machine's daemon is upgraded."""
        if self._process is not None:
            subprocess.run([*ROOT, "kill", str(self._process.pid)], check=False)
            self._process.wait(PATIENCE_SECONDS)
            self._process = None

    def close(self) -> None:
        """Stop it, and leave nothing."""
        self.stop()
        self._log.close()
        with self._namespace as namespace:
            namespace.communicate()
        subprocess.run([*ROOT, "rm", "-rf", str(self.folder)], check=False)

    def ask(self, *words: str, stdin: IO[bytes] | None = None) -> "subprocess.CompletedProcess[bytes]":
        """What a `docker` command comes to."""
        return subprocess.run(["docker", *words], env=self.variables, stdin=stdin, capture_output=True, check=False)


@pytest.fixture
def daemon(image: str) -> Iterator[Daemon]:
    """A daemon that has the image."""
    daemon = Daemon(Path(tempfile.mkdtemp(prefix="d-")))
    try:
        daemon.start()
        with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saving:
            assert daemon.ask("load", stdin=saving.stdout).returncode == 0
        yield daemon
    finally:
        daemon.close()


def test_a_run_outlives_a_restart_of_docker(tmp_path: Path, daemon: Daemon, image: str) -> None:
    spec = agent(tmp_path, STOPS + WRITES + "answer('done')\n")
    words = ["--trials", "2", "--parallel", "2", "--engine", "docker", "--stage-image", image, "--workers", "1"]
    ordered = [
        *daemon.inside,
        f"PYTHONPATH={CHECKOUT}",
        sys.executable,
        "-m",
        "harness",
        "run",
        str(write_scene(tmp_path)),
    ]
    with subprocess.Popen(
        [*ordered, "--agent", spec, *words, "--out", "out"],
        cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as harness:  # fmt: skip
        try:
            until(lambda: stepped(tmp_path, 2))
            daemon.stop()
            daemon.start()
            (tmp_path / "go").touch()
            out, err = harness.communicate(timeout=3 * PATIENCE_SECONDS)
        finally:
            harness.kill()

    assert harness.returncode == 0, (out, err)
    assert {closing_of(tmp_path, f"note-{trial}").outcome for trial in (1, 2)} == {"success"}
    assert len(list((tmp_path / "out/attempts").iterdir())) == 2
    assert daemon.ask("ps", "--all", "--quiet").stdout == b""
