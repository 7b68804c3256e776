"""Servers of every kind are served over HTTP and over lines to a real client, and their owner can put them back."""

import io
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import anyio
import httpx
import mcp_types as types
import pytest
from mcp import Client, StdioServerParameters

from tests.harness.command import ROOT
from tests.harness.stages import Agent, House, opened_house, owner
from tests.kinds.town import COUNTER, KINDS, write_town

EVERYWHERE = {**KINDS, "counter": COUNTER}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    write_town(tmp_path)
    with opened_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[House]:
    write_town(tmp_path, outside=True)
    with opened_house(tmp_path) as opened:
        yield opened


async def use(client: Client, server: str) -> list[str]:
    """The names of the tools, and what a read and a write answer."""
    each = EVERYWHERE[server]
    names = [tool.name for tool in (await client.list_tools()).tools]
    answers = [await client.call_tool(tool, dict(arguments)) for tool, arguments in (each.read, each.write)]
    assert not any(answer.is_error for answer in answers), answers
    return [",".join(names), *(text(answer) for answer in answers)]


def text(answer: types.CallToolResult) -> str:
    return "".join(block.text for block in answer.content if isinstance(block, types.TextContent))


def stdio(house: House, *words: str) -> StdioServerParameters:
    environment = {"SOUNDSTAGE_STATE": str(house.state), "PYTHONPATH": str(ROOT)}
    arguments = ["-m", "harness", "serve", *words]
    return StdioServerParameters(command=sys.executable, args=arguments, env=environment, cwd=house.folder)


async def over_lines(house: House, servers: list[str], *words: str) -> dict[str, list[str]]:
    """What each server answers to a client that starts it as a process."""
    found: dict[str, list[str]] = {}

    async def one(server: str) -> None:
        async with Client(stdio(house, "town.yaml", "--stdio", server, *words)) as client:
            found[server] = await use(client, server)

    async with anyio.create_task_group() as group:
        for server in servers:
            group.start_soon(one, server)
    return found


async def over_http(house: House, servers: list[str]) -> dict[str, list[str]]:
    """What each server of the stage answers to a client."""
    noted, found = house.noted(), {}
    for server in servers:
        async with Client(f"{noted['running']['agents']}/{noted['token']}/{server}/mcp") as client:
            found[server] = await use(client, server)
    return found


def own(house: House) -> httpx.Client:
    """The admin API of the stage."""
    running = house.noted()["running"]
    return owner({"admin": running["admin"], "token": running["admin_token"]})


@pytest.mark.anyio
async def test_a_real_client_uses_every_kind_over_every_way(house: House) -> None:
    stage = house.start("serve", "town.yaml", "--port", 0, "--admin-port", 0)
    stage.out.until("Ctrl-C stops")
    served = await over_http(house, list(KINDS))
    last = [*KINDS.items()][-1]
    lines = stage.out.until(f"{last[0]}.{last[1].write[0]}")
    with own(house) as admin:
        assert admin.post("/reset").status_code == 200
    attached = await over_lines(house, list(KINDS), "--attach")
    alone = await over_lines(house, list(KINDS))

    for server, each in KINDS.items():
        read, wrote = (_line(lines, f"{server}.{tool}") for tool in (each.read[0], each.write[0]))
        assert " ok" in read and read.endswith(" ms") and "+" not in read.partition(" ok")[2], read
        assert " ok" in wrote and "+" in wrote.partition(" ok")[2], wrote
        assert served[server][0] == attached[server][0] == alone[server][0]
        assert served[server][1] == attached[server][1] == alone[server][1], server
    assert stage.stop() == 0 and not [line for line in stage.err.rest() if "Traceback" in line]


def _line(lines: Sequence[str], name: str) -> str:
    """The line about calls of a tool."""
    found = [line for line in lines if f" {name} " in line]
    assert len(found) == 1, lines
    return found[0]


@pytest.mark.anyio
async def test_a_real_server_is_used_over_every_way(outside: House) -> None:
    stage = outside.start("serve", "town.yaml", "--port", 0, "--admin-port", 0)
    stage.out.until("Ctrl-C stops")
    served = await over_http(outside, ["counter"])
    attached = await over_lines(outside, ["counter"], "--attach")
    alone = await over_lines(outside, ["counter"])

    assert (served["counter"], attached["counter"]) == (["count", "1", "2"], ["count", "3", "4"])
    assert alone["counter"] == ["count", "1", "2"]
    with own(outside) as admin:
        for path in ("/reset", "/episodes/default/snapshots", "/episodes/default/fork"):
            refused = admin.post(path, json={})  # a state that cannot be put back is not kept either
            assert refused.status_code == 409 and "keeps its own state" in refused.text, refused.text
    status, _, errors = outside.run("reset")
    assert status != 0 and "keeps its own state" in " ".join(errors)


def test_states_of_every_kind_are_kept_carried_forked_and_put_back(house: House) -> None:
    stage = house.serve("--port", 0, "--admin-port", 0, world="town.yaml")
    with owner(stage.ready) as admin:
        agents = {server: Agent(url) for server, url in stage.ready["servers"].items()}
        for server, each in KINDS.items():
            agents[server].call(each.write[0], **each.write[1])
        written = admin.get("/episodes/default").json()["digest"]
        kept = admin.post("/episodes/default/snapshots", json={}).json()["id"]
        archive = admin.get(f"/episodes/default/snapshots/{kept}/archive").content
        assert zipfile.ZipFile(io.BytesIO(archive)).testzip() is None
        forked = admin.post("/episodes/default/fork", json={"snapshot": kept}).json()

        assert admin.post("/reset").json()["digest"] == stage.ready["digest"] != written
        sent = admin.post("/episodes/default/snapshots", content=archive, headers={"content-type": "application/zip"})
        assert sent.status_code == 201, sent.text
        back = admin.post("/episodes/default/restore", json={"snapshot": sent.json()["id"]}).json()
        changes = admin.get("/episodes/default/diff").json()["changes"]
        assert back["digest"] == written
        assert {change["path"].partition(".")[0].partition(":")[0] for change in changes} == set(KINDS)
        assert {actor for change in changes for actor in change["actors"]} == {"agent"}
        assert admin.get(f"/episodes/{forked['id']}").json()["digest"] == written
        for client in agents.values():
            client.client.close()


def test_broken_archives_activate_nothing(house: House) -> None:
    stage = house.serve("--port", 0, "--admin-port", 0, world="town.yaml")
    with owner(stage.ready) as admin:
        kept = admin.post("/episodes/default/snapshots", json={}).json()["id"]
        archive = admin.get(f"/episodes/default/snapshots/{kept}/archive").content
        assert archive != _resealed(archive)
        for broken in (b"", archive[: len(archive) // 2], _flipped(archive), _resealed(archive)):
            sent = admin.post(
                "/episodes/default/snapshots", content=broken, headers={"content-type": "application/zip"}
            )  # fmt: skip
            assert 400 <= sent.status_code < 500, sent.text
        assert admin.get("/episodes/default").json()["digest"] == stage.ready["digest"]


def _flipped(archive: bytes) -> bytes:
    middle = len(archive) // 3
    return archive[:middle] + bytes([archive[middle] ^ 1]) + archive[middle + 1 :]


def _resealed(archive: bytes) -> bytes:
    """A zip that is whole, in which one record says something else."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"4990", b"4991"))
    return target.getvalue()
