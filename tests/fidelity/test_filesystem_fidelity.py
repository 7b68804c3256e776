"""Our filesystem server against the real npm package: the same calls, byte for byte the same answers.

Further seeds by hand: `FIDELITY_SEEDS=100-140 pytest tests/fidelity/test_filesystem_fidelity.py -k programs`.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fidelity.filesystem_pair import Fixture, Ours, Real, Served, comparable, differences
from tests.fidelity.filesystem_programs import Programs
from tests.tools import TOOLS

CALLS = 150
_FIRST, _, _LAST = os.environ.get("FIDELITY_SEEDS", "1-8").partition("-")
SEEDS = range(int(_FIRST), int(_LAST or _FIRST) + 1)


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Both servers show the modes of what is made here, and of what the real one makes."""
    umask = os.umask(0o022)
    yield
    os.umask(umask)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder to be made on a disk whose directories have the usual size, which both servers show."""
    for place in (tmp_path, TOOLS / "fidelity" / tmp_path.name):
        place.mkdir(parents=True, exist_ok=True)
        if place.stat().st_size == 4096:
            return place.resolve() / "files"
    reason = "no disk here has directories of 4096 bytes"
    raise pytest.fail.Exception(reason) if os.environ.get("CI") == "true" else pytest.skip.Exception(reason)


@pytest.fixture
def pair(root: Path) -> Iterator[tuple[Real, Ours]]:
    """Both servers on a small tree."""
    fixture = Fixture({"a.txt": b"one\ntwo\n", "d/b.md": b""}, ["empty"])
    root.mkdir()
    fixture.lay(root)
    real, ours = Real(root), Ours(fixture, root)
    try:
        yield real, ours
    finally:
        real.close()
        ours.close()


def without_prose(value: Any) -> Any:
    """A tool or schema without descriptions."""
    if isinstance(value, list):
        return [without_prose(item) for item in value]
    if isinstance(value, dict):
        return [(key, without_prose(item)) for key, item in value.items() if key != "description"]
    return value


def test_the_tools_are_the_same_but_for_their_prose(pair: tuple[Real, Ours]) -> None:
    real, ours = (server.request("tools/list", {})["result"]["tools"] for server in pair)

    assert without_prose(real) == without_prose(ours)
    assert all(tool["description"] != mine["description"] for tool, mine in zip(real, ours, strict=True))


def test_the_handshake_is_the_same(pair: tuple[Real, Ours]) -> None:
    real, ours = pair
    surface = ours.server.surface

    for version in ("2025-11-25", "2024-10-07", "1999-01-01"):
        client = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
        assert real.request("initialize", client)["result"] == {
            "protocolVersion": surface.fingerprint.negotiate(version, surface.versions),
            "capabilities": surface.capabilities,
            "serverInfo": surface.server_info,
        }
    assert surface.instructions is None


@pytest.mark.parametrize(
    "method", ["resources/list", "resources/read", "prompts/list", "completion/complete", "server/discover"]
)
def test_methods_it_does_not_have_are_refused_alike(pair: tuple[Real, Ours], method: str) -> None:
    real, ours = (comparable(server.request(method, {})) for server in pair)

    assert real == ours


@pytest.mark.parametrize(
    "params",
    [
        {}, {"name": 5}, {"name": None, "arguments": None}, {"name": "read_file", "arguments": None}, {"name": ["x"]},
        {"name": "read_file", "arguments": []}, {"name": "read_file", "arguments": "x"}, {"name": "read_file"},
        {"name": "constructor", "arguments": {}}, {"name": "__proto__"}, {"name": ""},
        {"name": "READ_FILE", "arguments": {}}, {"name": "nope", "arguments": 7},
        {"name": "list_allowed_directories"}, {"name": "list_allowed_directories", "arguments": {"surplus": [1]}},
        {"name": "read_file", "arguments": {"path": 1e300}},
        {"name": "edit_file", "arguments": {"path": "a.txt", "edits": {}}},
    ],
    ids=str,
)  # fmt: skip
def test_malformed_calls_are_refused_alike(pair: tuple[Real, Ours], params: dict[str, Any]) -> None:
    real, ours = (comparable(server.request("tools/call", params)) for server in pair)

    assert real == ours


@pytest.mark.parametrize("seed", SEEDS)
def test_seeded_programs_are_answered_alike(seed: int, root: Path) -> None:
    """Every call of a program, the effects of earlier ones included."""
    programs = Programs(seed, str(root))

    found = differences(programs.fixture, programs.calls(CALLS), root)

    assert not found, f"seed {seed}: {len(found)} of {CALLS} differ\n" + "\n".join(found[:5])


def test_answers_are_the_same_over_standard_streams(root: Path) -> None:
    """The whole way through the carrier that clients use."""
    programs = Programs(90, str(root))

    found = differences(programs.fixture, programs.calls(CALLS), root, Served)

    assert not found, "\n".join(found[:5])
