"""`soundstage serve --stdio`: a server with a world of its own, and relays to a stage that outlive it."""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.stages import HELLO, WAIT_S, Agent, House, Process, opened_house, owner, words_of


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path) as opened:
        yield opened


def shake_hands(client: Process) -> None:
    """Open the line as clients do."""
    assert client.ask("initialize", HELLO, 1)["result"]["protocolVersion"] == "2025-11-25"
    client.say({"jsonrpc": "2.0", "method": "notifications/initialized"})


def call(client: Process, id: Any, tool: str, **arguments: Any) -> Any:
    """The answer of a tool."""
    return client.ask("tools/call", {"name": tool, "arguments": arguments}, id)


def text(answer: Any) -> str:
    return str(answer["result"]["content"][0]["text"])


def leave(client: Process) -> int:
    """End the client's side of the line."""
    assert client.popen.stdin
    client.popen.stdin.close()
    return client.popen.wait(WAIT_S)


def test_a_server_alone_has_its_own_world(house: House) -> None:
    alone = house.start("serve", "pad.yaml", "--stdio", "files")
    shake_hands(alone)

    assert text(call(alone, 2, "write_file", path="/w/b.txt", content="x")) == "Successfully wrote to /w/b.txt"
    assert text(call(alone, 3, "list_directory", path="/w")) == "[FILE] a.txt\n[FILE] b.txt"
    assert not (house.state / "stages").exists()
    assert leave(alone) == 0
    assert (alone.out.rest(), alone.err.rest()) == ([], [])


def test_stdout_carries_the_protocol_and_nothing_else(house: House) -> None:
    alone = house.start("serve", "pad.yaml", "--stdio", "files")
    shake_hands(alone)
    assert alone.popen.stdin
    for rubbish in ("", "not json", "[]", "{}", '{"jsonrpc":"2.0"}', "\x00", "[" * 10_000):
        alone.popen.stdin.write(rubbish + "\n")
    answer = call(alone, "last", "read_text_file", path="/w/a.txt")
    while answer.get("id") != "last":
        answer = alone.answer()

    assert text(answer) == "one"
    assert leave(alone) == 0
    for line in alone.out.rest():
        assert json.loads(line)["jsonrpc"] == "2.0"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_server_alone_stops_on_a_signal(house: House, number: int, status: int) -> None:
    alone = house.start("serve", "pad.yaml", "--stdio", "files")
    shake_hands(alone)

    assert alone.stop(number) == status
    assert "Traceback" not in words_of(alone.err.rest())


def test_relays_share_the_world_of_a_stage(house: House) -> None:
    stage = house.serve()
    one, two = (house.start("serve", *words, "--stdio", "files", "--attach") for words in ([], ["pad.yaml"]))
    more = house.start("serve", "--stdio", "more", "--attach")
    for client in (one, two, more):
        shake_hands(client)

    call(one, 2, "write_file", path="/w/b.txt", content="from one")
    assert text(call(two, 2, "read_text_file", path="/w/b.txt")) == "from one"
    assert text(call(more, 2, "list_directory", path="/w")) == "[FILE] b.txt"
    with Agent(stage.ready["servers"]["files"]) as agent, owner(stage.ready) as own:
        assert agent.call("read_text_file", path="/w/b.txt") == "from one"
        assert own.post("/reset").json()["digest"] == stage.ready["digest"]
        assert text(call(two, 3, "list_directory", path="/w")) == "[FILE] a.txt"
        ledger = own.get("/episodes/default/ledger").json()["entries"]
        assert {entry["actor"] for entry in ledger if entry["kind"] == "call"} == {"agent"}
    for client in (one, two, more):
        assert leave(client) == 0
        assert (client.out.rest(), client.err.rest()) == ([], [])
    assert stage.stop() == 0


def test_large_messages_and_many_at_once_pass_a_relay(house: House) -> None:
    house.serve()
    client = house.start("serve", "--stdio", "files", "--attach")
    shake_hands(client)
    content = "é" * 500_000

    assert "Successfully" in text(call(client, 2, "write_file", path="/w/big.txt", content=content))
    assert text(call(client, 3, "read_text_file", path="/w/big.txt")) == content

    def ask_all() -> None:
        for id in range(10, 210):
            client.say({"jsonrpc": "2.0", "id": id, "method": "ping"})

    asking = threading.Thread(target=ask_all)
    asking.start()
    answers = [client.answer()["id"] for _ in range(200)]
    asking.join()
    assert sorted(answers) == list(range(10, 210))


def test_a_relay_outlives_its_stage(house: House) -> None:
    first = house.serve()
    client = house.start("serve", "pad.yaml", "--stdio", "files", "--attach")
    shake_hands(client)
    call(client, 2, "write_file", path="/w/b.txt", content="gone with the stage")
    elsewhere = House(house.folder, house.processes, "elsewhere")
    elsewhere.serve()
    [known] = (elsewhere.state / "stages").glob("*.relay.json")
    first.popen.kill()
    first.popen.wait()
    waiting: list[Any] = []
    asking = threading.Thread(target=lambda: waiting.append(call(client, "a", "list_directory", path="/w")))
    asking.start()

    known.replace(house.state / "stages" / known.name)  # as if it had begun here, and without the time that takes
    asking.join(WAIT_S)

    (answer,) = waiting
    assert (answer["id"], text(answer)) == ("a", "[FILE] a.txt")
    assert text(call(client, "b", "read_text_file", path="/w/a.txt")) == "one"
    assert leave(client) == 0
    assert (client.out.rest(), client.err.rest()) == ([], [])


def test_what_is_lost_with_a_stage_is_answered_believably(house: House) -> None:
    stage = house.serve()
    client = house.start("serve", "pad.yaml", "--stdio", "files", "--attach")
    shake_hands(client)
    os.kill(stage.popen.pid, signal.SIGSTOP)
    client.say({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "list_allowed_directories"}})
    client.say({"jsonrpc": "2.0", "id": 8, "method": "ping"})
    stage.popen.kill()
    stage.popen.wait()

    answers = sorted((client.answer() for _ in range(2)), key=lambda answer: int(answer["id"]))

    error = {"code": -32000, "message": "Connection closed"}
    assert answers == [{"jsonrpc": "2.0", "id": id, "error": error} for id in (7, 8)]
    assert client.popen.poll() is None
    assert leave(client) == 0


@pytest.mark.parametrize(
    "words", [["--stdio", "files"], ["pad.yaml", "--stdio", "files"], ["never", "--stdio", "files"]]
)
def test_a_relay_without_a_stage_says_so_and_nothing_else(house: House, words: list[str]) -> None:
    status, out, err = house.run("serve", *words, "--attach")

    assert (status, out) == (1, [])
    assert "not running" in words_of(err) or "no server is running" in words_of(err)
    assert "stage" not in words_of(err).lower()


def test_a_relay_to_a_server_that_does_not_exist_says_so(house: House) -> None:
    house.serve()

    status, out, err = house.run("serve", "--stdio", "never", "--attach")

    assert (status, out, len(err)) == (1, [], 1)
    assert "stage" not in err[0]


def test_relay_paths_lead_nowhere_for_those_without_the_secret(house: House) -> None:
    stage = house.serve()
    (path,) = (house.state / "stages").glob("*.relay.json")
    noted = json.loads(path.read_text())
    token = stage.ready["servers"]["files"].split("/")[3]
    base = f"http://{noted['address']}:{noted['port']}"
    with owner(stage.ready) as client:
        nothing = client.post(f"{base}/nothing", headers={"authorization": ""})
        for secret in (token, stage.ready["token"], noted["secret"] + "x", noted["secret"][:-1], ""):
            for verb in ("POST", "GET", "DELETE"):
                seen = client.request(verb, f"{base}/{secret}/files", headers={"authorization": ""})
                assert (seen.status_code, seen.content) == (nothing.status_code, nothing.content)
        for verb, tail in (("GET", "files"), ("POST", "never"), ("POST", "files/never"), ("DELETE", "files/never")):
            seen = client.request(verb, f"{base}/{noted['secret']}/{tail}", headers={"authorization": ""})
            assert seen.status_code == 404
        assert client.post(f"{noted['secret']}/files").status_code == 404


@pytest.mark.parametrize("faults", [(), ("--faults", "calm"), ("--faults", "flaky-api")], ids=" ".join)
@pytest.mark.parametrize("source", ["nothing", "file", "pipe"])
def test_a_server_alone_leaves_with_its_client_wherever_the_lines_come_from(
    house: House, source: str, faults: tuple[str, ...]
) -> None:
    (house.folder / "lines").write_text(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}) + "\n")
    given = {"nothing": os.devnull, "file": "lines", "pipe": "<(cat lines)"}[source]
    words = " ".join([sys.executable, "-m", "harness", "serve", "pad.yaml", "--stdio", "files", *faults])
    alone = house.start_shell(f"exec {words} < {given}")

    assert alone.popen.wait(WAIT_S) == 0
    assert len(alone.out.rest()) == (0 if source == "nothing" else 1)
    assert alone.err.rest() == []


@pytest.mark.parametrize("closed", ["stdin", "stdout"])
@pytest.mark.parametrize("attached", [False, True])
def test_a_server_without_the_streams_of_a_client_says_so(house: House, closed: str, attached: bool) -> None:
    words = " ".join([sys.executable, "-m", "harness", "serve", "pad.yaml", "--stdio", "files"])
    away = {"stdin": "<&-", "stdout": ">&-"}[closed]
    alone = house.start_shell(f"exec {words} {'--attach' if attached else ''} {away}")

    assert alone.popen.wait(WAIT_S) == (1 if attached else 2)
    (said,) = alone.err.rest()
    assert f"{closed} is closed" in said and "Traceback" not in said
    assert alone.out.rest() == []


def test_a_server_without_a_place_for_errors_serves_all_the_same(house: House) -> None:
    words = " ".join([sys.executable, "-m", "harness", "serve", "pad.yaml", "--stdio", "files"])
    alone = house.start_shell(f"exec {words} 2>&-")
    shake_hands(alone)

    assert text(call(alone, 2, "read_text_file", path="/w/a.txt")) == "one"
    if sys.platform == "linux":
        assert Path(f"/proc/{alone.popen.pid}/fd/2").readlink() == Path(os.devnull)
    assert leave(alone) == 0
