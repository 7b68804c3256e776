"""Nothing by which an episode is judged, and nothing that people know, is ever sent to its stage."""

import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from harness.agents.script import ScriptAgent
from harness.engine import EngineError
from harness.remote.admin import Admin
from harness.staging.prepared import Builder
from tests.harness.remote.elsewhere import opened_place, opened_stage, planned
from tests.harness.talks import desk

pytestmark = pytest.mark.anyio
HIDDEN: Final = (
    ("facts:\n", "facts:\n      unasked: {value: Zanzibar, release: when_asked}\n"),
    ("goal: get one charge back", "goal: get Xanadu back"),
    ("one_refund: {sql: select count(*)", "timbuktu_refund: {sql: select count(*) + 0"),
    ("task: Help the customer", "task: By Kilimanjaro, help the customer"),
    ("may_change: [shop.refunds]", "may_change: [shop.refunds]\n  never: [{name: lhasa, sql: select 0, is: 0}]"),
    ("say: Refunded one charge.", "say: Ouagadougou."),
)  # fmt: skip
"""Words that stand in a scenario where nobody but the harness reads."""
SECRETS: Final = (
    "Zanzibar", "Xanadu", "timbuktu", "Kilimanjaro", "lhasa", "Ouagadougou", "may_change", "27 February",
    "success", "cooperative", "patience", "release",
)  # fmt: skip
OPENLY: Final = ("ida@example.test", "I was charged twice")
"""What the world itself holds, and what a person says."""


class Overheard:
    """Keeps what is sent through the door of an admin API."""

    def __init__(self) -> None:
        self.bodies: list[bytearray] = []

    def around(self, app: Any) -> Any:
        async def listening(scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
            head = json.dumps([scope["path"], str(scope["query_string"]), str(scope["headers"])]).encode()
            body = bytearray()
            self.bodies += [bytearray(head), body]

            async def heard() -> Any:
                message = await receive()
                body.extend(message.get("body", b""))
                return message

            await app(scope, heard, send)

        return listening

    def texts(self) -> list[str]:
        """All of it as texts, what was packed unpacked."""
        found = []
        for body in self.bodies:
            if body.startswith(b"PK"):
                with zipfile.ZipFile(io.BytesIO(body)) as archive:
                    found += [archive.read(name).decode("latin-1") for name in archive.namelist()]
            found.append(body.decode("latin-1"))
        return found


@pytest.mark.parametrize("name", ["reference", "nothing"])
async def test_what_is_sent_says_nothing_of_goals_facts_and_scripts(name: str, tmp_path: Path) -> None:
    scenario, overheard = desk(tmp_path, *HIDDEN), Overheard()
    async with opened_stage(overheard.around) as stage, opened_place(stage, ScriptAgent(name)) as place:
        found = await place.play(planned(scenario, Builder()))

    sent = "\n".join(overheard.texts())
    assert found.closing is not None
    assert found.outcome == ("success" if name == "reference" else "failure")
    assert all(words in sent for words in OPENLY)
    said = [step.action.arguments.get("text", "") for step in found.steps]
    told = [word for word in SECRETS if word in sent and not any(word in text for text in said)]
    assert not told


async def test_a_world_is_sent_once_for_all_its_episodes(tmp_path: Path) -> None:
    scenario, overheard = desk(tmp_path), Overheard()
    plan = planned(scenario, Builder())
    async with opened_stage(overheard.around) as stage, opened_place(stage) as place:
        for _ in range(3):
            assert (await place.play(plan)).outcome == "success"

    assert sum(body.startswith(b"PK") for body in overheard.bodies) == 1


async def test_a_world_that_the_stage_has_let_go_is_sent_again(tmp_path: Path) -> None:
    plan = planned(desk(tmp_path), Builder())
    async with opened_stage() as stage, opened_place(stage) as place:
        first = await place.play(plan)
        stage.control.directing._brought.clear()
        again = await place.play(plan)

    assert first.outcome == again.outcome == "success"


async def test_nothing_is_played_on_a_world_that_the_stage_understands_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Admin.ask

    async def otherwise(self: Admin, verb: str, path: str, *rest: Any, **more: Any) -> Any:
        told = await asked(self, verb, path, *rest, **more)
        return {**told, "digest": "00" * 32} if verb == "PUT" else told

    monkeypatch.setattr(Admin, "ask", otherwise)
    async with opened_stage() as stage, opened_place(stage) as place:
        with pytest.raises(EngineError, match="differs from the one here"):
            await place.play(planned(desk(tmp_path), Builder()))

        assert not stage.episodes
