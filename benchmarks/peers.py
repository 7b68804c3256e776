"""Ten scripted calls per episode, beside other frameworks, each in an environment of its own and all in one run.

Every framework has a driver (`benchmarks/players/`) that plays episodes when it is told to; they take turns in rounds
whose direction changes. Figures are medians over the rounds' CPU time per episode, server and client together, with
the lowest and the highest round: of five rounds these hold the true median with 94 % confidence. Nothing is sent
anywhere: telemetry is off, and every address is on loopback.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import pytest

from benchmarks.measure import Row
from tests.tools import TOOLS, require_venv

ROUNDS: Final = 5
TURN_S: Final = 1.0
PARALLEL: Final = 8
HELD: Final = 100
RESETS: Final = 10
LARGE: Final = {"DESK_FILES": "1000", "DESK_ROWS": "100000"}
CORES: Final = 2
LEAVE_S_MAX: Final = 30.0
COLUMNS: Final = ("connect_ms", "reset_ms", "call_ms", "teardown_ms")
FLOOR: Final = "bare SDK"
OURS: Final = "Soundstage, lean client"
OFFICIAL: Final = "Soundstage, the SDK's client"
SPEED: Final = ("uvloop>=0.21", "httptools>=0.6.4")
"""What uvicorn is fastest with: every framework gets it."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A framework's driver."""

    name: str
    module: str
    words: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Requirements of its environment; none: ours."""
    lacks: str = ""
    """What it does not do that others here do."""


CONTESTANTS: Final = (
    Contestant(OURS, "ours", ("lean",)),
    Contestant(OFFICIAL, "ours", ("official",), lacks="two connections, as its world has two servers"),
    Contestant("Soundstage, in process", "ours", ("inside",), lacks="no protocol"),
    Contestant(FLOOR, "sdk", needs=("mcp==2.3.0", *SPEED), lacks="no reset, fork or record: the author's code"),
    Contestant("FastMCP", "fastmcp", needs=("fastmcp>=4.1,<4.2", *SPEED), lacks="no reset, fork or record"),
    Contestant(
        "OpenEnv", "openenv", needs=("openenv-core==0.3.0", *SPEED),
        lacks="no fork; its route for MCP refuses the official client's opening, so its own client is used",
    ),
    Contestant(
        "HUD", "hud", needs=("hud==0.6.21", *SPEED), lacks="no fork; a world for each episode is the author's code"
    ),
    Contestant(
        "ARE, in process", "are", needs=("meta-agents-research-environments==1.2.0", *SPEED),
        lacks="no protocol in the process; no fork; its MCP server is a process per world",
    ),
)  # fmt: skip


@dataclass(slots=True)
class Seen:
    """What was measured of one contestant."""

    turns: list[dict[str, Any]] = field(default_factory=list)
    """Several episodes at a time."""
    single: list[dict[str, Any]] = field(default_factory=list)
    """One at a time, which is what the columns are from."""
    held: dict[str, Any] = field(default_factory=dict)
    resets: list[dict[str, Any]] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    missing: str = ""
    """Why it could not be measured."""

    def cpu_ms(self) -> list[float]:
        """CPU milliseconds per episode of each round, server and client."""
        return [float((t["server_cpu_s"] + t["client_cpu_s"]) * 1e3 / t["episodes"]) for t in self.turns]

    def server_ms(self) -> float:
        """The server's share, the median of the rounds."""
        return median(float(t["server_cpu_s"] * 1e3 / t["episodes"]) for t in self.turns)

    def an_hour(self) -> float:
        """Episodes per hour of wall time, the median of the rounds."""
        return median(float(t["episodes"] / t["wall_s"] * 3600) for t in self.turns)

    def column(self, name: str) -> float:
        """The median of one kind of operation, in milliseconds of wall time, one episode at a time."""
        return median(float(value) for turn in self.single for value in turn[name])

    def total(self, name: str) -> int:
        """A count over all turns."""
        return sum(int(turn[name]) for turn in (*self.turns, *self.single))


class Driver:
    """A driver's process, to be told what to do."""

    def __init__(self, contestant: Contestant, size: dict[str, str]) -> None:
        python = sys.executable if not contestant.needs else str(environment(contestant) / "bin" / "python")
        command = [python, "-m", f"benchmarks.players.{contestant.module}", *contestant.words]
        home = TOOLS / "home"
        home.mkdir(parents=True, exist_ok=True)
        quiet = {"HUD_TELEMETRY_ENABLED": "false", "HUD_CLI_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1",
                 "FASTMCP_CHECK_FOR_UPDATES": "off", "HF_HUB_OFFLINE": "1", "HOME": str(home)}  # fmt: skip
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, **quiet, **size}, cwd=Path(__file__).parents[1],
        )  # fmt: skip
        self._read()

    def tell(self, do: str, **how: Any) -> dict[str, Any]:
        """Have something done; what came of it."""
        assert self._process.stdin is not None
        print(json.dumps({"do": do, **how}), file=self._process.stdin, flush=True)
        return self._read()

    def end(self) -> None:
        """Let the driver stop its server and leave."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._process, self._process.stdin, self._process.stdout:
            self._process.stdin.close()
            try:
                self._process.wait(LEAVE_S_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the driver ended with {self._process.wait(LEAVE_S_MAX)}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def environment(contestant: Contestant) -> Path:
    """A contestant's own Python environment, made when it is not there. Raises RuntimeError where it cannot be."""
    try:
        return require_venv(f"peer-{contestant.module}", contestant.needs)
    except (pytest.skip.Exception, pytest.fail.Exception) as error:
        raise RuntimeError(str(error)) from None


def versions(contestant: Contestant) -> str:
    """The version of the framework that is in its environment."""
    if not contestant.needs:
        return ""
    name = contestant.needs[0].partition("==")[0].partition(">=")[0]
    asked = f"import importlib.metadata as m; print(m.version({name!r}))"
    python = str(environment(contestant) / "bin" / "python")
    return subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def started(
    contestants: tuple[Contestant, ...], size: dict[str, str], seen: dict[str, Seen]
) -> Iterator[dict[str, Driver]]:
    """The drivers of those that can be had; notes why of the others."""
    with ExitStack() as stack:
        drivers = {}
        for contestant in contestants:
            try:
                driver = Driver(contestant, size)
            except (RuntimeError, OSError) as error:
                seen[contestant.name].missing = str(error)[:200]
            else:
                stack.callback(driver.end)
                drivers[contestant.name] = driver
        yield drivers


def measure(
    contestants: tuple[Contestant, ...] = CONTESTANTS, *, rounds: int = ROUNDS, seconds: float = TURN_S,
    held: int = HELD, resets: int = RESETS,
) -> dict[str, Seen]:  # fmt: skip
    """All figures: turns on the small world, episodes that stay open, and resets of the large world."""
    seen = {contestant.name: Seen() for contestant in contestants}
    with started(contestants, {}, seen) as drivers:
        for driver in drivers.values():
            driver.tell("turn", seconds=seconds / 2, parallel=2)  # what is slow only once
        order = list(drivers)
        for _ in range(rounds):
            for name in order:
                seen[name].single.append(drivers[name].tell("turn", seconds=seconds / 2, parallel=1))
                seen[name].turns.append(drivers[name].tell("turn", seconds=seconds, parallel=PARALLEL))
                seen[name].load.append(os.getloadavg()[0])
            order.reverse()
        for name, driver in drivers.items():
            seen[name].held = driver.tell("hold", count=held)
    with started(contestants, LARGE, seen) as drivers:
        for _ in range(rounds):
            for name, driver in drivers.items():
                seen[name].resets.append(driver.tell("resets", count=resets))
    return seen


def rows() -> list[Row]:
    """The rows of the report."""
    seen = measure()
    floor = seen[FLOOR]
    found = []
    for contestant in CONTESTANTS:
        name, one = f"{contestant.name} {versions(contestant)}".strip(), seen[contestant.name]
        if one.missing:
            found.append(Row(f"ten calls: {name}", "not measured", one.missing))
            continue
        found += [_calls(name, one, floor, contestant), _held(name, one), _resets(name, one, seen[OURS])]
    return found


def _calls(name: str, one: Seen, floor: Seen, contestant: Contestant) -> Row:
    cpu, base = one.cpu_ms(), median(floor.cpu_ms()) if floor.turns else float("nan")
    ratio = median(cpu) / base
    most = {OURS: 0.5, OFFICIAL: None}.get(contestant.name)
    shown = f"{median(cpu):.1f} ms CPU [{min(cpu):.1f}-{max(cpu):.1f}], {one.server_ms():.1f} of it the server's"
    details = {
        "lacks": contestant.lacks, "cpu_ms": median(cpu), "low": min(cpu), "high": max(cpu),
        "server_ms": one.server_ms(), "an_hour_of_two_cores": CORES * 3.6e6 / median(cpu), "an_hour": one.an_hour(),
        **{column: one.column(column) for column in COLUMNS},
        **{count: one.total(count) for count in ("episodes", "errors", "crosstalk")},
        "load": median(one.load),
    }  # fmt: skip
    must = "" if most is None else f"<= {most:g}x"
    return Row(f"ten calls: {name}", shown, f"{base:.1f} ms of the {FLOOR}", ratio, must,
               None if most is None else ratio <= most and not details["errors"] and not details["crosstalk"],
               details)  # fmt: skip


def _held(name: str, one: Seen) -> Row:
    kept, count = one.held["kept"], one.held["episodes"]
    return Row(f"an open episode: {name}", f"{one.held['bytes_each'] / 1024:,.0f} KB", f"{kept} of {count} kept theirs",
               details=one.held)  # fmt: skip


def _resets(name: str, one: Seen, ours: Seen) -> Row:
    cpu = [each["cpu_ms"] for each in one.resets]
    base = median(each["cpu_ms"] for each in ours.resets)
    details = {"cpu_ms": median(cpu), "low": min(cpu), "high": max(cpu),
               "wall_ms": median(each["wall_ms"] for each in one.resets)}  # fmt: skip
    must, met = ("<= 5 ms", median(cpu) <= 5.0) if one is ours else ("", None)
    shown = f"{median(cpu):.2f} ms CPU [{min(cpu):.2f}-{max(cpu):.2f}]"
    return Row(f"reset, 1,000 files and 100,000 rows: {name}", shown,
               f"{base:.2f} ms of ours", median(cpu) / base, must, met, details)  # fmt: skip
