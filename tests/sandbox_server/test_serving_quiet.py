"""A client that reads a server's stderr learns that something failed; its owner's file says what."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

BREAKS = """
import logging
from sandbox_server.serving.quiet import log_quietly
log_quietly()
try:
    raise ValueError("the cause")
except ValueError as error:
    logging.getLogger("sandbox_server.path").error("%s broke", "a_tool", exc_info=error)
logging.getLogger("x").warning("not for clients")
"""


def run(program: str, state: Path) -> subprocess.CompletedProcess[str]:
    """A process of its own, because logging belongs to the whole process."""
    environment = {**os.environ, "SOUNDSTAGE_STATE": str(state)}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_stderr_is_neutral_and_the_file_tells_all(tmp_path: Path) -> None:
    done = run(BREAKS, tmp_path)

    assert (done.stderr, done.stdout, done.returncode) == ("Internal error\n", "", 0)
    (file,) = (tmp_path / "logs").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = file.read_text()
    assert "a_tool broke" in told
    assert "ValueError: the cause" in told
    assert "not for clients" in told


def test_what_ends_the_process_is_described_in_the_file(tmp_path: Path) -> None:
    done = run(BREAKS + "raise KeyError('the end')", tmp_path)

    assert (done.stderr, done.returncode) == ("Internal error\n" * 2, 1)
    assert "KeyError: 'the end'" in (tmp_path / "logs" / "stdio.log").read_text()


@pytest.mark.parametrize("program", [BREAKS, BREAKS + "1 / 0"])
def test_a_file_that_cannot_be_written_tells_clients_nothing(program: str, tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")

    assert set(run(program, tmp_path).stderr.splitlines()) == {"Internal error"}


def test_nothing_is_made_where_nothing_fails(tmp_path: Path) -> None:
    assert run("from sandbox_server.serving.quiet import log_quietly\nlog_quietly()", tmp_path).stderr == ""
    assert not (tmp_path / "logs").exists()
