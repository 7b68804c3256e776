"""Benchmarks stay runnable, and every figure that is promised has one."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import benchmarks
from benchmarks import players
from benchmarks.__main__ import GROUPS
from benchmarks.peers import CONTESTANTS, OURS, measure

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = {f"benchmarks.players.{each.module}" for each in CONTESTANTS if each.needs}
"""Drivers that only run in the environment of what they drive."""
QUANTITIES = {
    "no-op call, modern, against the SDK's lowlevel server": "calls",
    "no-op call, modern, against FastMCP": "calls",
    "share of a constant answer from bare ASGI": "calls",
    "files: fork": "worlds",
    "SQLite: reset": "worlds",
    "DuckDB: reset": "worlds",
    "five SQL checks and the footprint": "scoring",
    "ten-step episodes per hour over HTTP": "episodes",
    "written, and scored": "recorded",
    "idle open episode": "memory",
    "live episodes in one process": "crowd",
    "container start to first answer": "containers",
    "reset of that world over the admin API": "containers",
    "an episode of ten calls": "peers",
    "recorded and judged ten-step episodes per hour": "batch",
}
"""What is promised of speed and size, as its rows begin, and the group that measures it."""


def modules() -> list[str]:
    """All modules of the benchmarks."""
    found = pkgutil.walk_packages(benchmarks.__path__, "benchmarks.")
    return sorted({each.name for each in found} - {"benchmarks.__main__"})


@pytest.mark.parametrize("name", sorted(set(modules()) - FOREIGN))
def test_a_benchmark_can_be_imported(name: str) -> None:
    """Nobody runs them all after a change, so what they import has to be there still."""
    assert importlib.import_module(name).__doc__


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_a_driver_of_something_else_needs_only_that_and_what_all_share(name: str) -> None:
    """In its environment there is nothing of ours but the checkout, so it may not import what needs our packages."""
    tree = ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8"))
    sources = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}

    ours = {source for source in sources if source.startswith(("benchmarks", "worlds", "sandbox_server", "harness"))}
    shared = {f"benchmarks.players.{each.name}" for each in pkgutil.iter_modules(players.__path__)} - {
        "benchmarks.players.ours"
    }
    assert ours
    assert ours <= shared


@pytest.mark.parametrize(("quantity", "group"), QUANTITIES.items())
def test_every_quantity_that_is_promised_has_a_benchmark_and_a_figure(quantity: str, group: str) -> None:
    """A promise that nobody measures is none, nor is a figure that nobody can read."""
    page = (ROOT / "docs/explanation/performance.md").read_text(encoding="utf-8")

    assert group in GROUPS
    assert callable(importlib.import_module(f"benchmarks.{group}").rows)
    assert any(line.startswith("|") and quantity in line for line in page.splitlines())


def test_the_comparison_plays_our_episodes_without_an_error_or_another_ones_state() -> None:
    """Its driver starts a stage, plays, keeps episodes open, and resets a large world."""
    contestants = tuple(each for each in CONTESTANTS if each.name == OURS)

    seen = measure(contestants, rounds=1, seconds=0.2, held=5, resets=2)[OURS]

    assert seen.missing == ""
    assert seen.total("episodes") >= 9
    assert (seen.total("errors"), seen.total("crosstalk")) == (0, 0)
    assert len(seen.turns[0]["call_ms"]) == 10 * seen.turns[0]["episodes"]
    assert (seen.held["episodes"], seen.held["kept"]) == (5, 5)
    assert seen.resets[0]["cpu_ms"] > 0
