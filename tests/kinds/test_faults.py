"""Faults of every layer and kind on servers of every kind: what was told, what is true, and who changed what."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fault_injection.errors import FaultError
from fault_injection.fault import Acting, Saying, Standing, faults
from fault_injection.profile import inline_profile
from harness.acting.client import Answer, Client
from harness.acting.fate import FateUnknown
from sandbox_server.episode import Episode
from sandbox_server.faults.fitting import Unfit
from sandbox_server.ledger import Entry
from sandbox_server.presentation import Presentation, present
from sandbox_server.stage import Stage
from tests.fault_injection.test_kinds import TELLING
from tests.kinds.town import COUNTER, KINDS, write_town
from worlds.clock import SECOND
from worlds.worldfile import read_world

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Presentation:
    folder = tmp_path_factory.mktemp("town")
    write_town(folder)
    return present(read_world(str(folder / "town.yaml")))


def opened(shown: Presentation, *rules: dict[str, Any]) -> tuple[Episode, Client]:
    episode = Stage().open(shown)
    episode.faults.put([inline_profile(list(rules))])
    return episode, Client(episode)


def last(episode: Episode) -> Entry:
    """The ledger's newest entry."""
    return episode.ledger.entries[-1]


def actors(episode: Episode) -> set[str]:
    """Who changed anything since the start, net."""
    return {actor for change in episode.diff() for actor in change.actors}


async def read(client: Client, server: str) -> Answer:
    each = KINDS[server]
    return await client.call(server, each.read[0], each.read[1])


async def write(client: Client, server: str) -> Answer:
    each = KINDS[server]
    return await client.call(server, each.write[0], each.write[1])


@pytest.mark.parametrize("server", KINDS)
async def test_lost_writes_are_told_as_done_and_leave_nothing(shown: Presentation, server: str) -> None:
    episode, client = opened(shown, {"on": f"{server}.*", "works": "write", "fault": "lost_write"})
    before = episode.digest
    told = await write(client, server)

    assert not told.failed and (episode.digest, last(episode).changes) == (before, ())
    assert last(episode).truth == "computed" and not episode.diff()
    assert not episode.world.agenda.events, "what was lost has no consequences either"


@pytest.mark.parametrize("server", [name for name in KINDS if name != "desk"])
async def test_what_is_applied_twice_is_charged_once(shown: Presentation, server: str) -> None:
    episode, client = opened(shown, {"on": f"{server}.*", "works": "write", "fault": "applied_twice"})
    told = await write(client, server)
    by = {change.actors for change in last(episode).changes}

    assert not told.failed
    assert ("agent",) in by and by <= {("agent",), ("fault",)}
    assert server == "files" or ("fault",) in by, last(episode).changes


async def test_what_refuses_to_be_done_twice_is_done_once(shown: Presentation) -> None:
    episode, client = opened(shown, {"on": "desk.lend", "fault": "applied_twice"})

    assert (await write(client, "desk")).text == "Lent b1 to Ida."
    assert [change.actors for change in episode.diff()] == [("agent",)]


@pytest.mark.parametrize("server", [name for name in KINDS if name != "desk"])
async def test_partial_writes_are_partial_in_the_state(shown: Presentation, server: str) -> None:
    episode, client = opened(shown, {"on": f"{server}.*", "works": "write", "fault": "partial_write"})
    whole = Client(Stage().open(shown))
    told, wished = await write(client, server), await write(whole, server)
    entry = last(episode)

    assert not told.failed and told.text == wished.text
    assert entry.rules[0]["fired"], entry.rules
    assert episode.digest != whole.episode.digest and episode.diff()
    assert {actor for change in entry.changes for actor in change.actors} == {"agent", "fault"}


@pytest.mark.parametrize("server", KINDS)
async def test_stale_reads_tell_what_was(shown: Presentation, server: str) -> None:
    episode, client = opened(shown, {"on": f"{server}.*", "works": "read", "fault": "stale_read"})
    plain = Client(Stage().open(shown))
    before = await read(plain, server)
    await write(client, server)
    await write(plain, server)
    if server == "files":
        pytest.skip("the tool that is read here reads another file")
    stale, true = await read(client, server), await read(plain, server)

    assert stale.text != true.text and last(episode).truth == "computed"
    assert stale.data.keys() == before.data.keys() if isinstance(before.data, dict) else stale.text == before.text


@pytest.mark.parametrize("server", KINDS)
async def test_somebody_else_is_never_the_agent(shown: Presentation, server: str) -> None:
    each = KINDS[server]
    assert each.deed is not None
    deed = {"do": each.deed[0], "with": dict(each.deed[1])}
    episode, client = opened(shown, {"on": f"{server}.*", "fault": "concurrent_actor", "with": {"do": deed}})
    told = await read(client, server)

    assert not told.failed and last(episode).rules[0]["fired"], last(episode).rules
    assert actors(episode) == {"fault"}


@pytest.mark.parametrize(
    ("server", "call", "path"),
    [
        ("billing", ("create_refund", {"charge": "ch_501", "cents": 200}), "billing.charges[ch_501]"),
        ("billing", ("get_charge", {"id": "ch_502"}), "billing.charges[ch_502]"),
        ("billing", ("update_charge", {"id": "ch_502", "note": "x"}), "billing.charges[ch_502]"),
        ("desk", ("lend", {"book": "b7", "reader": "Cy"}), "desk.loans[b7]"),
    ],
)
async def test_somebody_else_changes_what_the_call_is_about(
    shown: Presentation, server: str, call: tuple[str, dict[str, Any]], path: str
) -> None:
    episode, client = opened(shown, {"on": f"{server}.*", "fault": "concurrent_actor"})
    await client.call(server, *call)
    found = {change.path: change.actors for change in last(episode).changes}

    assert last(episode).rules[0]["fired"], last(episode).rules
    assert "fault" in {actor for change in episode.diff() if change.path == path for actor in change.actors}, found


@pytest.mark.parametrize("server", KINDS)
@pytest.mark.parametrize("fault", ["permission_lost", "disk_full"])
async def test_what_stands_in_the_way_of_writes_lets_reads_pass(shown: Presentation, server: str, fault: str) -> None:
    episode, client = opened(shown, {"on": f"{server}.*", "fault": fault})
    before = episode.digest

    assert not (await read(client, server)).failed
    refused = await write(client, server)
    assert refused.failed or refused.text.startswith("Database error: "), refused.text  # as that server tells failures
    assert episode.digest == before


@pytest.mark.parametrize("server", KINDS)
async def test_something_comes_in_between(shown: Presentation, server: str) -> None:
    each = KINDS[server]
    assert each.deed is not None
    event = {"do": each.deed[0], "with": dict(each.deed[1])}
    rule = {"on": f"{server}.*", "nth": 1, "fault": "interruption", "with": {"event": event, "after": "10s"}}
    episode, client = opened(shown, rule)
    await read(client, server)
    assert not episode.diff()
    episode.world.clock.advance(11 * SECOND)
    await read(client, server)

    assert actors(episode) == {"agenda"}


def _plain_kinds() -> Sequence[str]:
    """Faults that need to be told nothing."""
    found = []
    for name, _ in faults:
        with suppress(FaultError):
            inline_profile([{"on": "*", "fault": name}])
            found.append(name)
    return found


@pytest.mark.parametrize("kind", _plain_kinds())
async def test_every_kind_of_fault_is_told_in_words_that_tell_nothing(shown: Presentation, kind: str) -> None:
    for server in KINDS:
        try:
            episode, client = opened(shown, {"on": f"{server}.*", "fault": kind})
        except Unfit as error:
            assert str(error)
            continue
        for ask in (read, write):
            with suppress(FateUnknown):
                told = await ask(client, server)
                assert not TELLING.search(told.text), told.text
            entry = last(episode)
            rule = entry.rules[0] if entry.rules else {"fired": True}
            assert rule["fired"] or rule.get("suppressed"), (server, kind, entry.rules)
        assert "fault" not in actors(episode) or issubclass(faults.get(kind), Acting)


@pytest.mark.parametrize("server", KINDS)
async def test_every_failure_is_a_failure_and_changes_nothing(shown: Presentation, server: str) -> None:
    for name in _plain_kinds():
        if not issubclass(faults.get(name), Saying | Standing):
            continue
        try:
            episode, client = opened(shown, {"on": f"{server}.*", "fault": name})
        except Unfit:
            continue
        before = episode.digest
        told = await write(client, server)
        assert (told.failed or "error" in told.text.lower()) and episode.digest == before, (name, told.text)


async def test_faults_stand_before_a_real_server_and_never_in_its_state(tmp_path: Path) -> None:
    write_town(tmp_path, outside=True)
    shown = present(read_world(str(tmp_path / "town.yaml")))
    rules = [{"on": "counter.*", "nth": nth, "fault": fault} for nth, fault in ((1, "unavailable"), (3, "lost_answer"))]
    episode, client = opened(shown, *rules)
    first = await client.call("counter", *COUNTER.write)
    second = await client.call("counter", *COUNTER.write)
    with suppress(FateUnknown):
        await client.call("counter", *COUNTER.write)
    fourth = await client.call("counter", *COUNTER.write)

    assert first.failed and (second.text, fourth.text) == ("1", "3")
    assert next(each for each in episode.ledger.entries if each.kind == "call").truth == "not computed"
