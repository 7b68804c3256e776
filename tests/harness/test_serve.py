"""`soundstage serve` as a process: where things are, what is remembered, how it stops."""

import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.harness.stages import WAIT_S, Agent, House, free_port, opened_house, owner, words_of


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path) as opened:
        yield opened


def taken_port() -> socket.socket:
    """A socket that listens, so that its port is taken."""
    return socket.create_server(("127.0.0.1", 0))


def test_one_line_says_everything_to_programs(house: House) -> None:
    stage = house.serve("--port", 0, "--admin-port", 0, "--actor", "clerk")

    ready = stage.ready
    assert set(ready) == {"episode", "servers", "admin", "token", "digest", "actors"}
    assert ready["episode"] == "default"
    assert list(ready["servers"]) == ["files", "more"]
    with (
        Agent(ready["servers"]["files"]) as agent,
        Agent(ready["actors"]["clerk"]["files"]) as clerk,
        owner(ready) as own,
    ):
        assert agent.call("read_text_file", path="/w/a.txt") == "one"
        clerk.call("write_file", path="/w/b.txt", content="by clerk")
        changes = own.get("/episodes/default/diff").json()["changes"]
        assert [(change["path"], change["actors"]) for change in changes] == [("files:/w/b.txt", ["clerk"])]
        assert own.post("/reset").json()["digest"] == ready["digest"]
        assert agent.call("list_directory", path="/w") == "[FILE] a.txt"
    assert stage.stop() == 0
    assert (stage.out.rest(), stage.err.rest()) == ([], [])


def test_the_same_command_gives_the_same_urls_tomorrow(house: House) -> None:
    first = house.serve("--actor", "clerk")
    assert first.stop() == 0
    second = house.serve("--actor", "clerk")

    assert second.ready == first.ready
    noted = house.noted()
    assert noted["running"]["pid"] == second.popen.pid
    for path in (house.state / "stages").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert second.stop() == 0
    assert house.noted()["running"] is None


def test_what_is_asked_for_wins_and_is_not_remembered(house: House) -> None:
    first = house.serve()
    first.stop()
    port = free_port()
    asked = house.serve(
        "--port", port, "--token", "t" * 20, "--admin-token", "a" * 20, "--public-url", "https://x.example/"
    )
    assert asked.ready["servers"]["files"] == f"https://x.example/{'t' * 20}/files/mcp"
    assert asked.ready["token"] == "a" * 20
    with Agent(f"http://127.0.0.1:{port}/files/mcp", {"authorization": f"Bearer {'t' * 20}"}) as agent:
        assert agent.call("read_text_file", path="/w/a.txt") == "one"
    asked.stop()

    assert house.serve().ready == first.ready


def test_a_remembered_port_that_is_taken_is_said_and_stays_remembered(house: House) -> None:
    first = house.serve()
    first.stop()
    port = int(first.ready["servers"]["files"].split(":")[2].split("/")[0])
    with closing(socket.create_server(("127.0.0.1", port))):
        second = house.serve()
        assert second.ready["servers"]["files"] != first.ready["servers"]["files"]
        assert second.ready["admin"] == first.ready["admin"]
        assert f"port {port} is taken by another program" in str(second.err.next())
        second.stop()

    assert house.serve().ready == first.ready


def test_a_port_that_is_asked_for_and_taken_is_refused(house: House) -> None:
    with closing(taken_port()) as held:
        port = held.getsockname()[1]
        for option in ("--port", "--admin-port"):
            status, out, err = house.run("serve", "pad.yaml", option, port)
            assert (status, out) == (2, [])
            assert f"port {port} on 127.0.0.1 is taken" in words_of(err)
            assert "Traceback" not in words_of(err)


def test_a_world_that_is_served_already_is_said(house: House) -> None:
    first = house.serve()
    second = house.serve()

    assert f"being served already, by process {first.popen.pid}" in str(second.err.next())
    assert second.ready["servers"] != first.ready["servers"]
    assert house.noted()["running"]["pid"] == first.popen.pid
    second.stop()
    assert house.noted()["running"]["pid"] == first.popen.pid
    assert house.run("reset")[0] == 0


def test_a_killed_stage_leaves_a_note_that_the_next_copes_with(house: House) -> None:
    first = house.serve()
    first.popen.kill()
    first.popen.wait()
    assert house.noted()["running"]["pid"] == first.popen.pid
    status, _, err = house.run("reset")
    assert (status, "no stage is running" in words_of(err)) == (2, True)

    second = house.serve()

    assert second.ready == first.ready
    assert house.run("reset")[0] == 0


def test_a_state_folder_that_cannot_be_written_is_said_and_no_reason_not_to_serve(house: House) -> None:
    house.state.write_text("a file")

    stage = house.serve()

    with Agent(stage.ready["servers"]["files"]) as agent:
        assert agent.call("read_text_file", path="/w/a.txt") == "one"
    assert stage.stop(signal.SIGTERM) == 0
    said = words_of(stage.err.rest())
    assert "cannot be kept" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_stops_it_cleanly_while_clients_are_connected(house: House, number: int, status: int) -> None:
    stage = house.start("serve", "pad.yaml")
    text = words_of(stage.out.until("Ctrl-C stops"))
    admin, token = re.findall(r"Admin API +(\S+)/admin/v1", text)[0], re.findall(r"Admin token +(\S+)", text)[0]
    with (
        owner({"admin": admin, "token": token}) as own,
        own.stream("GET", "/episodes/default/ledger", headers={"accept": "text/event-stream"}) as events,
    ):
        url = re.findall(r"http\S+/files/mcp", text)[0]
        with Agent(url) as agent, agent.client.stream("GET", url) as stream:
            assert stage.stop(number) == status
            assert "event: end" in events.read().decode()
            stream.close()

    assert "Traceback" not in words_of(stage.err.rest())
    assert house.noted()["running"] is None
    for address in (admin, url):
        with pytest.raises(OSError):
            socket.create_connection((address.split("/")[2].split(":")[0], int(address.split(":")[2].split("/")[0])), 2)


def test_people_are_told_what_to_paste_and_see_each_call(house: House) -> None:
    stage = house.start("serve", "pad.yaml", "--actor", "clerk")
    text = words_of(stage.out.until("Ctrl-C stops"))
    block = json.loads(text[text.index("{\n") : text.index("}\n\nAdmin") + 1])
    assert set(block["mcpServers"]) == {"files", "more"}
    curl = re.findall(r"curl .*/admin/v1/reset", text)[0]
    first = json.loads(subprocess.run(curl, shell=True, check=True, capture_output=True).stdout)["digest"]

    with Agent(block["mcpServers"]["files"]["url"]) as agent:
        agent.call("write_file", path="/w/n.txt", content="\x1b[31mred\nline" * 20)
        agent.call("read_text_file", path="/w/never.txt")
    again = json.loads(subprocess.run(curl, shell=True, check=True, capture_output=True).stdout)["digest"]

    seen = stage.out.until("never.txt")
    write, read = seen[-2], seen[-1]
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d files\.write_file path=/w/n\.txt content=.{1,60} ok \+1( ~1)? \d+\.\d ms", write
    )
    assert re.fullmatch(r"\d\d:\d\d:\d\d files\.read_text_file path=/w/never\.txt failed: ENOENT.* \d+\.\d ms", read)
    assert "\x1b" not in words_of(seen)
    assert "reset by owner" in stage.out.until("reset")[-1]
    assert first == again
    assert stage.stop() == 0


def test_output_that_nobody_reads_stops_nothing(house: House) -> None:
    command = f"{shlex.quote(sys.executable)} -m harness serve pad.yaml | head -n 4"
    piped = house.start_shell(command)
    url = re.findall(r"http\S+/files/mcp", words_of(piped.out.until("files/mcp")))[0]

    with Agent(url) as agent:
        for _ in range(20):
            assert agent.call("read_text_file", path="/w/a.txt") == "one"
    os.kill(house.noted()["running"]["pid"], signal.SIGTERM)
    assert piped.popen.wait(WAIT_S) == 0
    assert house.noted()["running"] is None


def test_a_scenario_is_served_with_its_task(house: House) -> None:
    (house.folder / "s.yaml").write_text(
        "soundstage: 1\ntask: |\n  Tidy the pad.\nworld:\n  base: pad.yaml\n  with: {files: {/w/c.txt: three}}\n"
        "success: {tidy: {sql: select count(*) from files.files, is: 1}}\nseeds: {world: 7}\n"
    )
    stage = house.serve(world="s.yaml")

    assert stage.ready["task"] == "Tidy the pad.\n"
    with Agent(stage.ready["servers"]["files"]) as agent, owner(stage.ready) as own:
        assert agent.call("read_text_file", path="/w/c.txt") == "three"
        assert own.get("/episodes/default").json()["seed"] == 7
        created = own.post("/episodes", json={"scenario": str(house.folder / "s.yaml"), "actors": ["clerk"]})
        assert (created.status_code, created.json()["seed"]) == (201, 7)
        with Agent(created.json()["actors"]["clerk"]["servers"]["files"]) as clerk:
            assert clerk.call("read_text_file", path="/w/c.txt") == "three"
        world = {"world": "x", "servers": {"pad": {"kind": "filesystem", "root": "/p", "tree": {"a": "b"}}}}
        ids = [own.post("/episodes", json={"world": world, "seed": 5}).json()["id"] for _ in range(3)]
        assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["serve"], "name a world"),
        (["serve", "never"], "there is no world"),
        (["serve", "pad.yaml", "--attach"], "--attach needs --stdio"),
        (["serve", "pad.yaml", "--port", "70000"], "70000"),
        (["serve", "pad.yaml", "--clock", "fast"], "fast"),
        (["serve", "pad.yaml", "--actor", "owner"], "owner"),
        (["serve", "pad.yaml", "--token", "a/b"], "token"),
        (["serve", "broken.yaml"], "broken.yaml:1:"),
        (["serve", "pad.yaml", "--host", "203.0.113.9", "--port", "0"], "cannot listen"),
        (["serve", "pad.yaml", "--stdio", "never"], "there is no server"),
        (["tail"], "no stage is running"),
        (["reset", "--admin", "http://127.0.0.1:9"], "--admin-token"),
        (["reset", "--admin", "http://127.0.0.1:9", "--admin-token", "x"], "no stage answers"),
        (["reset", "--admin", "nonsense", "--admin-token", "x"], "no stage answers"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(house: House, words: list[str], said: str) -> None:
    (house.folder / "broken.yaml").write_text("world: [")

    status, out, err = house.run(*words)

    assert (status, out) == (2, [])
    assert said in words_of(err)
    assert "Traceback" not in words_of(err)
