"""What a served stage puts in front of its agents costs them nothing."""

from sandbox_server.carriers.agents import Agents
from sandbox_server.carriers.lane import Laned
from sandbox_server.serving.relays import Relays
from sandbox_server.stage import Stage


def test_usual_requests_keep_their_lane_with_relays_in_front() -> None:
    stage = Stage()
    relays = Relays(Agents(stage), stage, "secret", "default")

    assert isinstance(relays, Laned)
    assert relays.takes("/token/files/mcp")
    assert not relays.takes("/secret/files")
