"""Worlds that are brought whole, and episodes that are followed and directed from elsewhere over the admin API."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import anyio
import httpx
import pytest

from sandbox_server.directing.directed import Directed
from sandbox_server.presentation import present
from tests.sandbox_server.owned import Owned, owned
from worlds import bundle
from worlds.archive import Kind
from worlds.bundle import Bundle, address_of, bundle_of, code_files
from worlds.digest import value_hash
from worlds.errors import WorldError
from worlds.worldfile import plan_world
from worlds.yamlfile import parse_yaml

pytestmark = pytest.mark.anyio
WAIT_S: Final = 30.0
LEASE_S: Final = 60.0
WORLD: Final = """
soundstage: 1
world: shed
clock: 2026-03-02T09:00:00Z
servers:
  files: {kind: filesystem, root: /w, tree: {a.txt: one}}
  mine: {kind: tools, code: mytools.py, tables: {jars: {j1: {size: 3}}}}
  chat: {kind: user, participant: Ida}
"""
TOOLS: Final = """
from helping.words import shout
import json

def call_out(text: str) -> str:
    "Says it loudly."
    return shout(text)
"""
READ: Final = {"server": "files", "tool": "read_text_file", "arguments": {"path": "/w/a.txt"}}
WRITE: Final = {"server": "files", "tool": "write_file", "arguments": {"path": "/w/b.txt", "content": "two"}}


@pytest.fixture
async def own() -> AsyncIterator[Owned]:
    async with owned() as opened:
        yield opened


@pytest.fixture(scope="module")
def shed(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Files, a person's own tools that import what lies beside them, and a conversation."""
    folder = tmp_path_factory.mktemp("shed")
    (folder / "mytools.py").write_text(TOOLS)
    (folder / "helping").mkdir()
    (folder / "helping" / "__init__.py").write_text("")
    (folder / "helping" / "words.py").write_text("def shout(text: str) -> str:\n    return text.upper() + '!'\n")
    (folder / "goals.py").write_text("SECRET = 'nobody imports this'\n")
    presentation = present(plan_world(parse_yaml(WORLD, "shed.yaml"), folder))
    return bundle_of(presentation.plan, presentation.world)


async def brought(own: Owned, data: bytes, status: int = 200, address: str | None = None) -> Any:
    path = f"/bundles/{address or address_of(data)}"
    response = await own.client.put(path, content=data, headers={"content-type": "application/zip"})
    assert response.status_code == status, response.text
    return response.json()


async def opened(own: Owned, shed: Bundle, **wanted: Any) -> Any:
    told = await brought(own, shed.written())
    settings = {"calls_max": 5, "clock": "virtual", **wanted}
    return await own.ask("POST", f"/bundles/{told['address']}/episodes", settings, 201)


async def fed(own: Owned, episode: str, after: int = 0, wait_s: float = 0) -> list[Any]:
    told = await own.ask("GET", f"/episodes/{episode}/feed?after={after}&wait_s={wait_s}")
    return list(told["records"])


async def made(own: Owned, episode: str, call: Mapping[str, Any], reference: str) -> Any:
    return await own.ask("POST", f"/episodes/{episode}/calls", {"reference": reference, **call})


async def test_a_world_that_is_brought_is_the_one_that_was_sent(own: Owned, shed: Bundle) -> None:
    told = await brought(own, shed.written())

    assert told["digest"] == shed.manifest["content_digest"]
    assert told["state_digest"] == shed.manifest["state_digest"]
    assert await own.ask("GET", f"/bundles/{told['address']}") == told
    assert await brought(own, shed.written()) == told


async def test_code_is_brought_with_what_it_imports_and_with_nothing_else(own: Owned, shed: Bundle) -> None:
    episode = await opened(own, shed)

    told = await made(own, episode["id"], {"server": "mine", "tool": "call_out", "arguments": {"text": "hey"}}, "a")

    assert told["reply"]["result"]["content"][0]["text"] == "HEY!"
    assert set(shed.code["mine"].files) == {"mytools.py", "helping/__init__.py", "helping/words.py"}
    assert not any(b"nobody imports this" in data for data in shed.blobs.items.values())


def rezipped(data: bytes, change: Callable[[dict[str, Any]], None], *, sealed: bool = True) -> bytes:
    """The same file with another manifest."""
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    head = json.loads(source.read("manifest.json"))
    change(head)
    if sealed:
        head.pop("check")
        head["check"] = value_hash(head).hex()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, json.dumps(head) if name == "manifest.json" else source.read(name))
    return target.getvalue()


def escaped(head: dict[str, Any]) -> None:
    head["code"]["mine"]["files"]["../../escaped.py"] = next(iter(head["code"]["mine"]["files"].values()))


def rooted(head: dict[str, Any]) -> None:
    head["code"]["mine"]["name"] = "/etc/passwd"


def lacking(head: dict[str, Any]) -> None:
    head["code"]["mine"]["files"]["mytools.py"] = "00" * 32


def outside(head: dict[str, Any]) -> None:
    head["document"]["servers"]["real"] = {"kind": "mcp", "command": "true"}


def otherwise(head: dict[str, Any]) -> None:
    head["world"]["attempts"] = {"files.read\0{}": 7}


def foreign(head: dict[str, Any]) -> None:
    head["format"] = "soundstage-snapshot"


def newer(head: dict[str, Any]) -> None:
    head["version"] = 99


def shapeless(head: dict[str, Any]) -> None:
    head["world"] = {"kinds": [], "parts": 3}


BROKEN: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "noise": lambda data: b"PK" + bytes(1000),
    **{
        change.__name__: lambda data, change=change: rezipped(data, change)  # type: ignore[misc]
        for change in (escaped, rooted, lacking, outside, otherwise, foreign, newer, shapeless)
    },
    "tampered": lambda data: rezipped(data, otherwise, sealed=False),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_no_sound_bundle_is_refused_whole(own: Owned, shed: Bundle, name: str, tmp_path: Path) -> None:
    data = BROKEN[name](shed.written())

    told = await brought(own, data, 422)

    assert told["code"] in ("archive", "world", "file")
    await own.ask("GET", f"/bundles/{address_of(data)}", status=404)


async def test_a_bundle_under_another_address_is_refused(own: Owned, shed: Bundle) -> None:
    told = await brought(own, shed.written(), 422, "ab" * 32)

    assert told["code"] == "misnamed"


async def test_a_bundle_that_unpacks_to_too_much_is_refused(
    own: Owned, shed: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "KIND", Kind("soundstage-bundle", 1, "bundle", 1 << 10))

    told = await brought(own, shed.written(), 422)

    assert "unpacks to more than" in told["detail"]


def test_code_that_imports_without_end_is_refused(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"m{number}.py").write_text(f"import m{number + 1}\n")

    with pytest.raises(WorldError, match="more than"):
        code_files(tmp_path / "m0.py")


async def test_a_feed_gives_each_record_until_it_was_received(own: Owned, shed: Bundle) -> None:
    episode = (await opened(own, shed))["id"]
    await made(own, episode, READ, "a")
    await made(own, episode, WRITE, "b")

    first, again = await fed(own, episode), await fed(own, episode)
    rest = await fed(own, episode, first[0]["n"])

    assert first == again
    assert [record["n"] for record in first] == [1, 2]
    assert rest == first[1:]
    assert await fed(own, episode, 2) == await fed(own, episode, 0) == []
    assert first[0]["state"] is None or first[0]["entry"]["effect"]
    assert first[1]["state"]["delta"]["content_digest"] == first[1]["entry"]["digest_after"]


async def test_a_feed_tells_at_once_what_happens_while_somebody_waits(own: Owned, shed: Bundle) -> None:
    episode = (await opened(own, shed))["id"]
    found: list[Any] = []

    async def wait() -> None:
        found.extend(await fed(own, episode, 0, WAIT_S))

    with anyio.fail_after(WAIT_S - 1):
        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            await made(own, episode, READ, "a")

    assert [record["entry"]["tool"] for record in found] == ["read_text_file"]


async def test_a_directive_that_is_sent_again_is_carried_out_once(own: Owned, shed: Bundle) -> None:
    episode = (await opened(own, shed))["id"]

    first, again = await made(own, episode, WRITE, "a"), await made(own, episode, WRITE, "a")

    assert first == again
    assert len(await fed(own, episode)) == 1


async def test_not_one_call_too_many_has_an_effect(own: Owned, shed: Bundle) -> None:
    episode = (await opened(own, shed, calls_max=1))["id"]
    await made(own, episode, READ, "a")

    async with anyio.create_task_group() as group:
        group.start_soon(_held, own, episode)
        with anyio.fail_after(WAIT_S):
            limit = (await fed(own, episode, 1, WAIT_S))[0]
        finished = await own.ask("POST", f"/episodes/{episode}/finish")

    assert (limit["record"], limit["why"]) == ("limit", "steps")
    assert finished["last"] == limit["n"]
    assert finished["state"]["new"] is False
    assert finished == await own.ask("POST", f"/episodes/{episode}/finish")


async def _held(own: Owned, episode: str) -> None:
    response = await own.client.post(f"/episodes/{episode}/calls", json={"reference": "held", **WRITE})
    assert response.status_code == 404


async def test_people_are_played_from_elsewhere(own: Owned, shed: Bundle) -> None:
    episode = (await opened(own, shed, people=["chat"]))["id"]
    told: list[Any] = []

    async def send() -> None:
        call = {"server": "chat", "tool": "send_message", "arguments": {"text": "Hello?"}}
        told.append(await made(own, episode, call, "a"))

    async with anyio.create_task_group() as group:
        group.start_soon(send)
        with anyio.fail_after(WAIT_S):
            turn = (await fed(own, episode, 0, WAIT_S))[0]
        words = {"reference": "b", "server": "chat", "text": "Hello yourself.", "pause_ns": 5_000_000_000}
        await own.ask("POST", f"/episodes/{episode}/words", words)
        await own.ask("POST", f"/episodes/{episode}/turns/{turn['id']}/end", {})

    said, message = (await fed(own, episode, 1))[:2]
    assert (turn["record"], turn["text"]) == ("turn", "Hello?")
    assert "Hello yourself." in str(told[0]["reply"])
    assert said["entry"]["notes"]["said_as"] == "b"
    assert message["entry"]["told_ns"] - message["entry"]["arrived_ns"] >= 5_000_000_000
    await own.ask("POST", f"/episodes/{episode}/turns/{turn['id']}/end", {}, status=404)


class Pace:
    """The event loop's clock, which can be put forward: leases run out without anybody waiting for them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self.ahead_s, time = 0.0, loop.time
        monkeypatch.setattr(loop, "time", lambda: time() + self.ahead_s)

    async def forward(self, seconds: float) -> None:
        """Let so many seconds have passed, and what is due then happen."""
        self.ahead_s += seconds
        for _ in range(3):
            await asyncio.sleep(0)


async def test_an_episode_that_nobody_follows_ends_by_itself(
    own: Owned, shed: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = Pace(monkeypatch)
    told = await opened(own, shed, lease_s=LEASE_S)
    url = told["servers"]["files"]

    ended = anyio.Event()
    own.stage.episode(told["id"]).turns.watchers.add(ended.set)

    await pace.forward(LEASE_S / 2)
    assert not ended.is_set()
    await pace.forward(LEASE_S / 2)
    with anyio.fail_after(WAIT_S):
        await ended.wait()

    async with httpx.AsyncClient() as client:
        assert (await client.post(url, json={})).status_code == 404
    await own.ask("GET", f"/episodes/{told['id']}/feed", status=404)


async def test_an_episode_that_is_followed_goes_on(own: Owned, shed: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace(monkeypatch)
    episode = (await opened(own, shed, lease_s=LEASE_S))["id"]

    for _ in range(4):
        assert await fed(own, episode) == []
        await pace.forward(LEASE_S / 2)

    assert episode in own.stage.episodes


async def test_who_follows_learns_that_the_episode_has_ended(
    own: Owned, shed: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, true_read = anyio.Event(), Directed.read

    async def read(directed: Directed, after: int, wait_s: float) -> bytes:
        reading.set()
        return await true_read(directed, after, wait_s)

    monkeypatch.setattr(Directed, "read", read)
    episode = (await opened(own, shed))["id"]
    told: list[Any] = []

    async def follow() -> None:
        told.append(await own.ask("GET", f"/episodes/{episode}/feed?after=1&wait_s={WAIT_S}"))

    with anyio.fail_after(WAIT_S):
        async with anyio.create_task_group() as group:
            group.start_soon(follow)
            await reading.wait()
            await own.ask("DELETE", f"/episodes/{episode}")

    assert told[0]["over"]


async def test_nobody_directs_an_episode_that_was_opened_otherwise(own: Owned) -> None:
    told = await own.ask("GET", "/episodes/default/feed", status=404)

    assert "nobody directs" in told["detail"]


async def test_bundles_that_nobody_uses_make_room(own: Owned, shed: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox_server.directing.directing.BUNDLES_MAX", 1)
    first = await brought(own, shed.written())

    await brought(own, Bundle({**shed.document, "world": "other"}, shed.manifest, shed.code, shed.blobs).written())

    await own.ask("GET", f"/bundles/{first['address']}", status=404)
