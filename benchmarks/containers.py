"""How soon a container of the stage's image answers, against a bare Python's; and what a reset of its world costs."""

import http.client
import json
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.measure import Row
from sandbox_server.serving.finding import Admin
from tests.containers.images import stage_image
from tests.harness.jails import built_image

ROUNDS = 5
RESETS = 200
MUST_TIMES, AIM_TIMES = 2.5, 1.5
WAIT_S = 60.0
TOKEN = "of-this-benchmark"
CLOSED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--tmpfs", "/tmp", "--init")
SERVES = ["python3", "-m", "http.server", "8080"]
"""What a bare Python answers with."""


@dataclass(frozen=True)
class Start:
    """A way to start a container, and the request that it answers first."""

    words: Sequence[str]
    port: int = 8080
    path: str = "/"
    status: int = 200


@contextmanager
def started(start: Start) -> Iterator[tuple[float, int]]:
    """Seconds from `docker run` to the first answer, and the port on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["docker", "run", "--detach", "--publish", f"127.0.0.1:{port}:{start.port}", *CLOSED, *start.words]
    began = time.monotonic()
    id = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    try:
        while not answers(port, start):
            if time.monotonic() - began > WAIT_S:
                raise TimeoutError(f"{start.words[-1]} does not answer")
        yield time.monotonic() - began, port
    finally:
        subprocess.run(["docker", "rm", "--force", id], capture_output=True, check=True)


def answers(port: int, start: Start) -> bool:
    """Whether the request is answered as it should be."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    try:
        connection.request("GET", start.path, headers={"authorization": f"Bearer {TOKEN}"})
        return connection.getresponse().status == start.status
    except (OSError, http.client.HTTPException):
        time.sleep(0.005)
        return False
    finally:
        connection.close()


def starts() -> dict[str, Start]:
    """A bare Python, a stage without a world, and one whose world is there."""
    owned = ["--env", "ADMIN_HOST=0.0.0.0", "--env", f"ADMIN_TOKEN={TOKEN}"]
    health = "/admin/v1/health"
    return {
        "bare": Start([built_image(), *SERVES]),
        "stage": Start([*owned, stage_image()], 8081, health),
        "world": Start([*owned, stage_image(), "--world", "bookshop"], 8081, health),
    }


def seconds_to_answer() -> dict[str, list[float]]:
    """Seconds by way of starting, measured in turns."""
    ways = starts()
    seen: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            with started(way) as (seconds, _):
                seen[name].append(seconds)
    return seen


def reset_ms() -> list[float]:
    """Milliseconds of single resets of the bookshop over the admin API."""
    with started(starts()["world"]) as (_, port):
        admin = Admin(f"http://127.0.0.1:{port}", TOKEN)
        return [_timed_ms(admin) for _ in range(RESETS)]


def _timed_ms(admin: Admin) -> float:
    began = time.monotonic()
    admin.ask("POST", "/reset", {})
    return (time.monotonic() - began) * 1000


def rows() -> list[Row]:
    """The rows of the report."""
    seen = seconds_to_answer()
    middle = {name: statistics.median(values) for name, values in seen.items()}
    ratio = middle["stage"] / middle["bare"]
    resets = statistics.median(reset_ms())
    against = f"{middle['bare']:.2f} s"
    return [
        Row(
            "container start to first answer, against a bare Python's", f"{middle['stage']:.2f} s", against, ratio,
            f"<= {MUST_TIMES:g}x (aim {AIM_TIMES:g}x)", ratio <= MUST_TIMES, details={"seconds": json.dumps(seen)},
        ),
        Row("the same with a world of seven servers", f"{middle['world']:.2f} s", against,
            middle["world"] / middle["bare"]),
        Row("reset of that world over the admin API", f"{resets:.1f} ms"),
    ]  # fmt: skip
