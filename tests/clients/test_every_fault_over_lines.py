"""Every kind of fault that exists on lines, under the Python SDK's client: the stage goes on, the ledger is whole, and
another client is served as ever.
"""

from pathlib import Path
from typing import Any, Final

import pytest
from mcp import Client, StdioServerParameters

from fault_injection.fault import Acting, Delivering, Rewriting, faults
from sandbox_server.episode import Episode
from sandbox_server.stage import Stage
from tests.clients.faulty import Case, opened
from tests.clients.test_what_clients_see import lined
from tests.fault_injection.test_kinds import GIVEN

pytestmark = pytest.mark.anyio

BARREN: Final = {"partial_write"}
"""What can never happen to a part that holds neither files nor rows; it is refused, and tried on parts that do."""
KINDS: Final = [name for name, kind in faults if "stdio" in kind.transports and name not in BARREN]
SETTINGS: Final[dict[str, dict[str, Any]]] = {
    **GIVEN, "hang": {"length": "300ms"}, "dribble": {"length": "200ms"}, "latency": {"fixed": "50ms"},
    "lock_held": {"waits": "50ms"}, "timed_out": {"waits": "50ms"}, "slow_start": {"length": "200ms"},
    "interruption": {"event": {"do": "put", "with": {"key": "x", "text": "late"}}},
    "concurrent_actor": {"do": {"do": "put", "with": {"key": "x", "text": "more"}}},
    **{name: {"wait": "1s"} for name, kind in faults if kind.lasts and "stdio" in kind.transports},
}  # fmt: skip
HURRIED_SECONDS, PATIENT_SECONDS = 2.0, 60.0
"""How long callers wait for an answer that is known never to come, and for any other."""


async def called(episode: Episode, folder: str, seconds: float) -> str:
    """What a client of its own comes to with one write."""
    try:
        async with lined(episode, folder) as (program, *words):
            server = StdioServerParameters(command=program, args=words)
            async with Client(server, mode="legacy", read_timeout_seconds=PATIENT_SECONDS) as client:
                await client.list_tools()
                result = await client.call_tool("write", {"key": "k", "text": "v"}, read_timeout_seconds=seconds)
                return "refused" if result.is_error else "answered"
    except Exception as error:
        return f"ended by {type(error).__name__}"


def phase(kind: str) -> str:
    """The phase in which it happened, where the kind knows one."""
    return "after" if "after" in faults.get(kind).phases else "before"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_kind_ends_one_call_at_most(kind: str, tmp_path: Path) -> None:
    made = faults.get(kind)
    lost = issubclass(made, Delivering) and not made.arrives
    on = "plain" if made.of_starts else "plain.write"
    stage = Stage()
    case = Case(kind, SETTINGS.get(kind, {}), "python", "real", phase(kind), on=on)
    episode = opened(stage, case)
    for number in range(2):
        (tmp_path / str(number)).mkdir()
    first = await called(episode, str(tmp_path / "0"), HURRIED_SECONDS if lost else PATIENT_SECONDS)
    episode.faults.put(())
    second = await called(episode, str(tmp_path / "1"), PATIENT_SECONDS)
    entries = [entry for entry in episode.ledger.entries if entry.rules]

    assert second == "answered"
    assert len(entries) == 1 and entries[0].rules[0]["rule"] == "inline/hit"
    assert (entries[0].kind == "call" and entries[0].told is None) is lost
    assert first.startswith("ended") is (lost or kind in ("rpc_error", "invalid_result")), first
    if not issubclass(made, Acting | Rewriting):
        assert entries[0].rules[0]["fired"]
    stage.close_all()
