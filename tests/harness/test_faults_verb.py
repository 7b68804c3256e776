"""`soundstage faults`: toggles what goes wrong at a running stage, and says what is wrong with what was asked."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client, MCPError, StdioServerParameters

from tests.harness.command import ROOT
from tests.harness.stages import WAIT_S, WORLD, Agent, House, opened_house, words_of
from tests.harness.test_serve_owner import await_followers

OWN = """
profile: own
description: Reads fail.
rules:
  - {name: reads, works: read, nth: 2, fault: tool_error, with: {text: "EIO: i/o error, read"}}
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path) as opened:
        (tmp_path / "own.yaml").write_text(OWN)
        yield opened


def test_faults_are_served_shown_toggled_fired_explained_and_forgotten(house: House) -> None:
    stage = house.serve("--faults", "own.yaml")
    with Agent(stage.ready["servers"]["files"]) as agent:

        def read() -> str:
            return agent.call("read_text_file", path="/w/a.txt")

        told = [read(), read(), read()]
        fired = house.run("faults", "fire", "own/reads")
        after = [read(), read()]
        house.run("faults", "reset")
        again = [read(), read()]

    assert told == ["one", "EIO: i/o error, read", "one"] and fired[0] == 0
    assert after == ["EIO: i/o error, read", "one"] and again == ["one", "EIO: i/o error, read"]
    status, out, _ = house.run("faults", "explain", "files.read_text_file", "path=/w/a.txt")
    assert (status, out[0], "does not fire" in out[1]) == (0, "attempt 3; the call reads", True)
    status, out, _ = house.run("faults", "patch", "own/reads", "nth=", "probability=0.5", "--json")
    assert json.loads(out[0])["profiles"][0]["rules"][0]["trigger"] == "probability"
    status, out, _ = house.run("faults", "off", "own", "--json")
    assert json.loads(out[0])["idle"] is True
    status, out, _ = house.run("faults", "explain", "files.read_text_file")
    assert "says nothing: the profile own is off" in out[1]
    status, out, _ = house.run("faults", "add", "calm+slow-lane", "--only", "--for", "5m", "--json")
    assert [profile["name"] for profile in json.loads(out[0])["profiles"]] == ["calm", "slow-lane"]
    assert all(profile["expires"] for profile in json.loads(out[0])["profiles"])


def test_tail_shows_what_rules_do_and_who_toggles(house: House) -> None:
    stage = house.serve("--faults", "own.yaml")
    tail = house.start("faults", "tail")
    await_followers(stage, 1)
    house.run("faults", "fire", "own/reads")
    with Agent(stage.ready["servers"]["files"]) as agent:
        agent.call("read_text_file", path="/w/a.txt")

    assert "fire" in tail.out.until("own/reads")[-1]
    assert "files.read_text_file: own/reads fires" in tail.out.until("read_text_file")[-1]


def test_what_cannot_be_is_one_line_that_says_why(house: House) -> None:
    (house.folder / "bad.yaml").write_text("profile: bad\nrules:\n  - {fault: nope}")
    assert "no stage is running" in words_of(house.run("faults", "show")[2])
    status, _, err = house.run("serve", "pad.yaml", "--faults", "bad.yaml")
    assert (status, "bad.yaml:3:6: there is no fault 'nope'" in words_of(err)) == (2, True)
    house.serve()
    for words, said in (
        (("add", "bad.yaml"), "bad.yaml:3:6: there is no fault 'nope'"),
        (("add", "never"), "there is no fault profile 'never'"),
        (("on", "never/rule"), "there is no rule 'never/rule'"),
        (("patch", "a/b", "nonsense"), "'nonsense' sets nothing"),
        (("patch", "a/b", "with=5", "with.fixed=2s"), "'with.fixed=2s' sets a part of what has a value already"),
        (("explain", "files"), "'files' names no tool"),
        (("on", "calm", "--for", "soon"), "'soon' is no span of time"),
    ):
        status, _, err = house.run("faults", *words)
        assert (status, said in words_of(err)) == (2, True), words_of(err)


def test_the_catalogue_needs_no_stage(house: House) -> None:
    status, out, _ = house.run("faults", "list", "--json")
    found = json.loads(out[0])

    assert status == 0 and len(found["profiles"]) == 8 and len(found["faults"]) >= 50


@pytest.mark.anyio
@pytest.mark.parametrize(("kind", "seen"), [
    ("exit", "Connection closed"), ("half_line", "Connection closed"), ("junk_line", "one"), ("dribble", "one"),
    ("duplicate_answer", "one"), ("silence", "timed out"),
])  # fmt: skip
async def test_a_server_over_stdio_fails_as_a_process_does(tmp_path: Path, kind: str, seen: str) -> None:
    (tmp_path / "pad.yaml").write_text(WORLD)
    (tmp_path / "own.yaml").write_text(f"profile: own\nrules: [{{fault: {kind}, nth: 1}}]")
    words = ["-m", "harness", "serve", str(tmp_path / "pad.yaml"), "--stdio", "files", "--clock", "virtual"]
    server = StdioServerParameters(
        command=sys.executable, args=[*words, "--faults", str(tmp_path / "own.yaml")], cwd=str(ROOT)
    )
    seconds = 3.0 if kind == "silence" else WAIT_S
    async with Client(server, read_timeout_seconds=WAIT_S) as client:
        try:
            result = await client.call_tool("read_text_file", {"path": "/w/a.txt"}, read_timeout_seconds=seconds)
            (block,) = result.content
            told = str(getattr(block, "text", ""))
        except MCPError as error:
            told = str(error)

    assert seen in told


def test_a_rule_that_cannot_exist_over_stdio_is_refused_at_the_door(house: House) -> None:
    (house.folder / "own.yaml").write_text("profile: own\nrules: [{fault: reset, name: r}]")
    status, _, err = house.run("serve", "pad.yaml", "--stdio", "files", "--faults", "own.yaml")

    assert status == 2
    assert "own/r: reset exists only over http, and the servers here are reached over stdio" in words_of(err)


@pytest.mark.parametrize("only", [(), ("--only",)], ids=["after", "only"])
def test_a_rule_that_a_stage_refuses_is_named_with_its_place(house: House, only: tuple[str, ...]) -> None:
    """The stage knows what cannot be there, and the file stands here."""
    (house.folder / "wrong.yaml").write_text(
        "profile: wrong\nrules:\n  - {on: files.*, fault: tool_error}\n  - {on: files.wite_file, fault: tool_error}\n"
    )
    house.serve()
    status, _, told = house.run("faults", "add", "calm", "wrong.yaml", *only)

    assert status != 0
    assert "wrong.yaml:4:6: " in words_of(told) and "files has no tool 'wite_file'" in words_of(told)
    assert json.loads(house.run("faults", "show", "--json")[1][0])["profiles"] == []


def test_another_request_than_a_call_is_explained(house: House) -> None:
    (house.folder / "lists.yaml").write_text(
        "profile: lists\nrules: [{name: busy, method: tools/list, nth: 2, fault: http_status, with: {status: 503}}]\n"
    )
    house.serve("--faults", "lists.yaml")

    status, out, _ = house.run("faults", "explain", "files", "--method", "tools/list")
    assert (status, out) == (0, ["attempt 1", "  lists/busy  http_status  does not fire"])
    house.run("faults", "fire", "lists/busy")
    status, out, _ = house.run("faults", "explain", "files", "--method", "tools/list")
    assert (status, out[1]) == (0, "  lists/busy  http_status  fires")
    status, _, told = house.run("faults", "explain", "files.read_text_file", "--method", "tools/list")
    assert status != 0 and "tools/list calls no tool" in words_of(told)
    status, _, told = house.run("faults", "explain", "files", "--method", "tools/lst")
    assert status != 0 and "tools/list" in words_of(told)


def test_tail_tells_requests_apart_from_tools(house: House) -> None:
    (house.folder / "lists.yaml").write_text(
        "profile: lists\nrules: [{name: busy, method: tools/list, fault: rpc_error, with: {code: -32000}}]\n"
    )
    stage = house.serve("--faults", "lists.yaml")
    rules, whole = house.start("faults", "tail"), house.start("tail")
    await_followers(stage, 2)
    with Agent(stage.ready["servers"]["files"]) as agent:
        agent._post("tools/list", {})

    assert "files tools/list: lists/busy fires" in rules.out.until("tools/list")[-1]
    line = whole.out.until("tools/list")[-1]
    assert "files tools/list" in line and "[lists/busy]" in line
