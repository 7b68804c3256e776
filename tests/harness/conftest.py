"""What tests of the harness share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.command import Command, command_in, end_started
from tests.harness.jails import built_image


@pytest.fixture
def soundstage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command, run in this process in the test's folder."""
    return command_in(tmp_path, monkeypatch, capfd)


@pytest.fixture(autouse=True)
def nothing_started_is_left() -> Iterator[None]:
    """Processes of the command end with the test that started them."""
    yield
    end_started()


@pytest.fixture(scope="session")
def image() -> str:
    """An image for containers."""
    return built_image()


@pytest.fixture(autouse=True)
def image_where_it_is_needed(request: pytest.FixtureRequest) -> None:
    """The image for tests that run in a container among other isolations."""
    if hasattr(request.node, "callspec") and request.node.callspec.params.get("isolation") == "container":
        request.getfixturevalue("image")


@pytest.fixture
def anyio_backend() -> str:
    """Asyncio alone."""
    return "asyncio"
