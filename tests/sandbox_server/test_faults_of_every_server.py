"""What every kind of fault can do to every kind of server: something, or nothing ever, and then it is refused."""

from typing import Any, Final

import pytest

from fault_injection.errors import FaultError
from fault_injection.fault import Rewriting, faults
from fault_injection.profile import find_profiles, inline_profile, library_names
from harness.acting.client import Client
from harness.acting.fate import FateUnknown
from sandbox_server.episode import Episode
from sandbox_server.faults.fitting import Unfit
from sandbox_server.presentation import Presentation
from sandbox_server.stage import Stage
from tests.fault_injection.test_kinds import GIVEN
from tests.sandbox_server.every_server import CALLS, street

pytestmark = pytest.mark.anyio
EVENT: Final = {"event": {"server": "files", "do": "append", "with": {"path": "/w/a.txt", "text": "late"}}}
KINDS: Final = [name for name, kind in faults if "http" in kind.transports and not kind.of_starts]
NEVER: Final = {
    "structured_mismatch": {"shop", "inbox", "hub"},
}
"""By kind: servers without anything that it could have an effect on."""
OF_RECORDS: Final = ("partial_write", "concurrent_actor")
"""What they do to records depends on what a call writes: one number cannot be written in part."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Presentation:
    return street(tmp_path_factory.mktemp("street"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def put(episode: Episode, kind: str, on: str) -> None:
    settings = EVENT if kind == "interruption" else GIVEN.get(kind, {})
    episode.faults.put([inline_profile([{"name": "r", "on": on, "fault": kind, "with": settings}])])


@pytest.mark.parametrize("server", CALLS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_kind_of_fault_hits_a_kind_of_server_or_is_refused_with_a_reason(
    shown: Presentation, kind: str, server: str
) -> None:
    """Content is only changed where an answer has something of that kind in it, which its text decides."""
    episode = Stage().open(shown)
    if server in NEVER.get(kind, ()):
        with pytest.raises(Unfit, match=rf"inline/r: {kind} can never have an effect here \({server}: .+\)") as refused:
            put(episode, kind, f"{server}.*")
        assert refused.value.key == "fault"
        return
    put(episode, kind, f"{server}.*")
    client = Client(episode)
    for tool, arguments in CALLS[server] * 2:
        try:
            await client.call(server, tool, arguments)
        except FateUnknown:
            continue
    rules = [rule for entry in episode.ledger.entries for rule in entry.rules]
    of_content = issubclass(faults.get(kind), Rewriting) or kind in OF_RECORDS
    assert any(rule["fired"] for rule in rules) or (of_content and any(rule.get("suppressed") for rule in rules))
    episode.close()


@pytest.mark.parametrize("kind", NEVER)
async def test_one_server_that_can_be_hit_is_enough(shown: Presentation, kind: str) -> None:
    episode = Stage().open(shown)
    put(episode, kind, "*")
    assert episode.faults.profiles[0].rules[0].fault.kind == kind
    episode.close()


@pytest.mark.parametrize("name", library_names())
async def test_the_librarys_profiles_can_be_put_in_force_in_any_world(shown: Presentation, name: str) -> None:
    episode = Stage().open(shown)
    episode.faults.put(find_profiles(name))
    episode.close()


def refusal(rule: dict[str, Any]) -> str:
    with pytest.raises(FaultError) as refused:
        inline_profile([rule])
    return refused.value.message


def test_a_start_is_asked_about_no_state() -> None:
    told = refusal({"fault": "slow_start", "state": {"file": "/w/a.txt", "exists": True}})
    assert "slow_start is about the start of a server, where nobody asks the state" in told
