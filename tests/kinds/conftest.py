"""What tests of every kind share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.command import Command, command_in, end_started
from tests.kinds.town import write_town


@pytest.fixture
def soundstage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command, run in this process in the test's folder."""
    return command_in(tmp_path, monkeypatch, capfd)


@pytest.fixture(autouse=True)
def nothing_started_is_left() -> Iterator[None]:
    """Processes of the command end with the test that started them."""
    yield
    end_started()


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A folder with the town in it."""
    write_town(tmp_path)
    return tmp_path


@pytest.fixture
def anyio_backend() -> str:
    """Asyncio alone."""
    return "asyncio"
