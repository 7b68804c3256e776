"""One stage in a container, as locked up as it is meant to be, for all tests that look at it."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.containers.images import stage_image, told
from tests.harness.command import end_started

CLOSED = (
    "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "200",
    "--memory", "512m", "--tmpfs", "/tmp:rw,nosuid,nodev,size=64m", "--init",
)  # fmt: skip


@dataclass
class Contained:
    """A stage in a container: its id, and the line that it told once it was ready."""

    id: str
    ready: dict[str, Any]

    def address(self, network: str = "bridge") -> str:
        """Its address in a network."""
        networks: dict[str, Any] = json.loads(told("inspect", "-f", "{{json .NetworkSettings.Networks}}", self.id))
        return str(networks[network]["IPAddress"])

    def run(self, command: str, user: str = "10002") -> str:
        """What a shell's command prints inside, its errors too."""
        words = ["docker", "exec", "--user", user, self.id, "sh", "-c", command]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.stdout


@contextmanager
def contained(
    image: str, *words: str, options: Sequence[str] = (), networks: Sequence[str] = ()
) -> Iterator[Contained]:
    """A stage in a container that has said where it is; it is gone afterwards."""
    id = told("create", *CLOSED, *options, image, *words)
    try:
        for network in networks:
            told("network", "connect", network, id)
        told("start", id)
        following = subprocess.Popen(
            ["docker", "logs", "--follow", id], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        with following:
            assert following.stdout is not None
            line = following.stdout.readline().decode()
            following.terminate()
        assert line.startswith("{"), line
        yield Contained(id, json.loads(line))
    finally:
        told("rm", "--force", "--volumes", id)


@pytest.fixture(autouse=True)
def nothing_started_is_left() -> Iterator[None]:
    """Processes of the command end with the test that started them."""
    yield
    end_started()


@pytest.fixture(scope="session")
def image() -> str:
    """The image that agents meet."""
    return stage_image()


@pytest.fixture(scope="module")
def stage(image: str) -> Iterator[Contained]:
    """A stage with both listeners on every address, and without a world."""
    with contained(image, options=["--env", "ADMIN_HOST=0.0.0.0", "--health-interval", "1s"]) as stage:
        yield stage
