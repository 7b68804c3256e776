"""What tests of the harness share."""

from pathlib import Path

import pytest

from tests.harness.command import Command, command_in


@pytest.fixture
def soundstage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command, run in this process in the test's folder."""
    return command_in(tmp_path, monkeypatch, capfd)


@pytest.fixture
def anyio_backend() -> str:
    """Asyncio alone."""
    return "asyncio"
