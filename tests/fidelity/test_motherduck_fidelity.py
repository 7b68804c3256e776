"""What the MotherDuck server answers, the real one answers too, message for message."""

from pathlib import Path
from typing import Any

import pytest

from tests.fidelity.motherduck_pair import NAME, Era, Ours, Real, comparable, differences
from tests.fidelity.motherduck_programs import BROKEN, READS, SCRIPTS, VALUES, program, sql

LISTS = ["tools/list", "resources/list", "resources/templates/list", "prompts/list"]
ODD: list[tuple[str, dict[str, Any]]] = [
    ("tools/call", {"arguments": {}}),
    ("tools/call", {"name": 5}),
    ("tools/call", {"name": "list_databases", "arguments": []}),
    ("tools/call", {"name": "list_databases"}),
    ("resources/read", {"uri": "x://y"}),
    ("resources/read", {}),
    ("prompts/get", {"name": "y"}),
    ("prompts/get", {"name": "y", "arguments": {"a": 1}}),
    ("nope/nope", {}),
]


def calls(steps: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Steps of a program as requests."""
    named = [{"name": step["tool"], "arguments": step["arguments"]} for step in steps]
    return [("tools/call", filled(params)) for params in named]


def filled(value: Any) -> Any:
    """A value with the database's name put in."""
    if isinstance(value, dict):
        return {key: filled(item) for key, item in value.items()}
    return NAME if value == "{NAME}" else value


@pytest.mark.parametrize("era", ["handshake", "modern"])
def test_lists_and_odd_requests_are_answered_alike(tmp_path: Path, era: Era) -> None:
    assert differences(tmp_path, era, [*[(method, {}) for method in LISTS], *ODD]) == []


def test_every_kind_of_statement_is_answered_alike(tmp_path: Path) -> None:
    texts = [*READS, *BROKEN, *(f"SELECT {value} AS v, {value}" for value in VALUES)]
    texts += [text for script in SCRIPTS for text in script]

    assert differences(tmp_path, "modern", calls([sql(text) for text in texts])) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_seeded_programs_are_answered_alike(tmp_path: Path, seed: int) -> None:
    assert differences(tmp_path, "modern" if seed % 2 else "handshake", calls(program(seed, 150))) == []


def test_the_handshake_says_the_same(tmp_path: Path) -> None:
    real = Real(tmp_path, "handshake")
    surface = Ours("handshake").surface
    real.close()
    said = real.hello["result"]
    ours = {
        "protocolVersion": surface.fingerprint.negotiate("2025-11-25", surface.handshake_versions),
        "capabilities": dict(surface.capabilities),
        "serverInfo": dict(surface.server_info),
        "instructions": surface.instructions,
    }
    assert comparable(said) == comparable(ours)
