"""People of a scenario wherever it is opened, and what belongs to them alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import soundstage
from tests.harness.stages import WAIT_S, Agent, House, Process, opened_house
from tests.harness.talks import desk_text
from tests.harness.test_users import DEEDS

OPENING = "I was charged twice. Sort it out."


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path) as opened:
        (opened.folder / "talk.yaml").write_text(desk_text(*DEEDS))
        yield opened


@pytest.fixture
def stage(house: House) -> Process:
    return house.serve(world="talk.yaml")


def ask(stage: Process, path: str, body: Any = None) -> Any:
    headers = {"authorization": f"Bearer {stage.ready['token']}"}
    response = httpx.post(f"{stage.ready['admin']}/admin/v1{path}", json=body or {}, headers=headers, timeout=WAIT_S)
    assert response.is_success, response.text
    return response.json()


def test_urls_that_lead_nowhere_are_not_shown(stage: Process) -> None:
    shown = ask(stage, "/episodes", {"world": {"world": "pad", "servers": {"files": {"kind": "filesystem"}}}})

    assert set(stage.ready["servers"]) == {"shop", "customer"}
    assert set(shown["servers"]) == {"files"}


def test_people_are_seated_in_episodes_that_an_owner_opens(stage: Process, house: House) -> None:
    shown = ask(stage, "/episodes", {"scenario": str(house.folder / "talk.yaml"), "actors": ["clerk"]})

    assert set(shown["servers"]) == set(shown["actors"]["clerk"]["servers"]) == {"shop", "customer"}
    with Agent(shown["servers"]["customer"]) as agent:
        assert OPENING in agent.call("get_conversation")
        assert "ida@example.test" in agent.call("send_message", text="What is your email, please?")
        ask(stage, f"/episodes/{shown['id']}/reset")
        assert "ida@example.test" not in agent.call("get_conversation")
        assert OPENING in agent.call("get_conversation")


def test_a_reset_in_python_goes_back_to_what_people_wrote_first(tmp_path: Path) -> None:
    path = tmp_path / "talk.yaml"
    path.write_text(desk_text())
    with soundstage.Episode(path) as episode:
        first = episode.call("customer", "get_conversation").data["messages"]
        episode.call("customer", "send_message", {"text": "What is your email, please?"})
        episode.reset()

        assert episode.call("customer", "get_conversation").data["messages"] == first
