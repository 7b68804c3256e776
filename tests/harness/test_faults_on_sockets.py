"""Faults of HTTP and of connections on a real socket: of `soundstage serve`, and of a run's listener."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.harness import sockets
from tests.harness.command import start
from tests.harness.scenes import write_scene
from tests.harness.sockets import Seen, asked
from tests.harness.stages import opened_house

SLOW_S: Final = 0.4
STATUSES: Final = (400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 504)
BODIES: Final = {"plain": "text/plain", "html": "text/html", "json": "application/json", "jsonrpc": "application/json"}
WAITING: Final = {"wait": "20s", "rate_headers": True}
SLOW: Final = {"length": f"{int(SLOW_S * 1000)}ms"}
SLOWER: Final = {"length": f"{int(5 * SLOW_S * 1000)}ms"}
"""So long that it is seen as slow also by those who look late for its beginning."""
WAIT_S: Final = 600.0
CASES: Final[dict[str, dict[str, Any]]] = {
    "reset": {"fault": "reset"},
    "reset-body": {"fault": "reset", "with": {"at": "body"}},
    "closed": {"fault": "closed"},
    "short": {"fault": "short_body", "with": {"share": 0.5}},
    "slow-body": {"fault": "slow_body", "with": {**SLOWER, "pieces": 4}},
    "slow-head": {"fault": "slow_head", "with": SLOW},
    "silence": {"fault": "silence", "with": SLOW},
    "redirect": {"fault": "redirect"},
    "page": {"fault": "wrong_type"},
    **{
        f"{status}-{body}": {
            "fault": "http_status", "nth": 1,
            "with": {"status": status, "body": body, **(WAITING if status == 429 else {})},
        }
        for status in STATUSES for body in BODIES
    },
}  # fmt: skip
"""What goes wrong with a read, by the path that it reads."""


SCENE: Final = """
soundstage: 1
task: Read.
world:
  world: pad
  clock: 2026-03-02T09:00:00Z
  servers: {files: {kind: filesystem, root: /w, tree: %s}}
success: {said: {said: {matches: "."}}}
limits: {steps: 200, minutes: 10}
faults: %s
seeds: {world: 1}
"""


def rules() -> list[dict[str, Any]]:
    """A rule for each case."""
    about = {"on": "files.read_text_file"}
    return [{"name": f"at-{name}", **about, "where": {"path": f"/w/{name}"}, **CASES[name]} for name in CASES]


def served(folder: Path) -> dict[str, Seen]:
    """What is seen of `soundstage serve`."""
    with opened_house(folder) as house:
        (folder / "wire.yaml").write_text(json.dumps({"profile": "wire", "rules": rules()}))
        tree = {name: f"text of {name}" for name in [*CASES, "fine"]}
        servers = {"files": {"kind": "filesystem", "root": "/w", "tree": tree}}
        (folder / "pad.yaml").write_text(json.dumps({"soundstage": 1, "world": "pad", "servers": servers}))
        ready = house.serve("--faults", "wire.yaml", "--clock", "real").ready
        return {name: asked(ready["servers"]["files"], name) for name in [*CASES, "fine"]}


def run(folder: Path) -> dict[str, Seen]:
    """What an agent sees of a run's listener."""
    tree = json.dumps({name: f"text of {name}" for name in [*CASES, "fine"]})
    path = write_scene(folder, SCENE % (tree, json.dumps(rules())))
    words = [sys.executable, str(Path(sockets.__file__)), "{mcp}", "{answer}", *CASES, "fine"]
    with start(folder, "run", path, "--agent", shlex.join(words), "--out", "out") as process:
        out, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, out + err
    (record,) = (folder / "out" / "episodes").glob("*.jsonl")
    closing = json.loads(record.read_text().splitlines()[-1])
    return {name: Seen(**told) for name, told in json.loads(closing["departure"]["answer"]).items()}


@pytest.fixture(scope="module", params=[served, run])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """What came over the sockets, by case."""
    found: dict[str, Seen] = request.param(tmp_path_factory.mktemp("sockets"))
    return found


def test_what_is_not_hit_is_whole(seen: dict[str, Seen]) -> None:
    assert seen["fine"].status == 200 and "text of fine" in seen["fine"].body and not seen["fine"].reset
    assert len(seen["fine"].body) == int(seen["fine"].headers["content-length"])


def test_resets_are_resets_of_the_socket(seen: dict[str, Seen]) -> None:
    assert (seen["reset"].data, seen["reset"].reset) == ("", True)
    assert seen["reset-body"].reset and seen["reset-body"].status == 200
    assert 0 < len(seen["reset-body"].body) < int(seen["reset-body"].headers["content-length"])


def test_ends_before_any_byte_and_short_bodies_are_in_order(seen: dict[str, Seen]) -> None:
    assert (seen["closed"].data, seen["closed"].reset) == ("", False)
    assert (seen["silence"].data, seen["silence"].reset) == ("", False) and seen["silence"].last_s >= SLOW_S
    assert not seen["short"].reset and seen["short"].status == 200
    assert len(seen["short"].body) == int(seen["short"].headers["content-length"]) // 2


def test_slow_heads_and_slow_bodies_take_their_time(seen: dict[str, Seen]) -> None:
    head, body = seen["slow-head"], seen["slow-body"]

    assert head.first_s is not None and head.first_s >= SLOW_S and "text of slow-head" in head.body
    assert body.first_s is not None and body.last_s - body.first_s >= SLOW_S
    assert body.body.endswith("0\r\n\r\n") and body.headers["transfer-encoding"] == "chunked"


def test_redirects_and_pages_are_what_they_say(seen: dict[str, Seen]) -> None:
    assert (seen["redirect"].status, seen["redirect"].headers["location"]) == (302, "https://login.example.com/")
    assert (seen["page"].status, seen["page"].headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<html>" in seen["page"].body


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", BODIES)
def test_statuses_have_their_bodies_and_true_headers(seen: dict[str, Seen], status: int, body: str) -> None:
    found = seen[f"{status}-{body}"]
    told = json.loads(found.body) if body.startswith("json") else {}

    assert found.status == status and found.headers["content-type"].startswith(BODIES[body])
    assert int(found.headers["content-length"]) == len(found.body)
    assert ("www-authenticate" in found.headers) is (status in (401, 403))
    assert ("retry-after" in found.headers) is (status == 429)
    if status == 429:
        assert (found.headers["retry-after"], found.headers["x-ratelimit-remaining"]) == ("20", "0")
    assert body != "jsonrpc" or (told["id"], told["error"]["data"]["status"]) == (1, status)
    assert body != "html" or found.body.startswith("<html>")
