"""A stage that dies, hangs or is restarted under an episode is infrastructure: nothing is judged, nobody is blamed."""

import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Literal

import anyio
import pytest

from harness.agent import Assignment
from harness.engine import PlaceLost
from harness.plan import Plan
from harness.recording.record import read_trajectory
from harness.remote import follower
from harness.remote.place import RemotePlace
from harness.staging.prepared import Builder
from harness.trajectory import Departure, Isolation, Limits
from tests.harness.remote.elsewhere import TOKEN, WAIT_S, opened_place, opened_stage, planned, stage_process
from tests.harness.scenes import scene
from tests.harness.stages import free_port
from worlds.clock import Mode

pytestmark = pytest.mark.anyio
READ: Final = ("files", "read_text_file", {"path": "/workspace/a.txt"})


class Waiting:
    """Makes one call, lets something happen, and waits to be stopped."""

    kind = "waiting"
    spec = "waiting"
    where: Literal["process", "outside"] = "process"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()
    clock: Mode = "virtual"

    def __init__(self, then: Callable[[], Any] = lambda: None) -> None:
        self._then = then
        self.stopped = False

    def check(self, scenario: object) -> None:
        """Everything is fine."""

    async def act(self, assignment: Assignment) -> Departure:
        """Call, and wait."""
        try:
            await assignment.client.call(*READ)
            self._then()
            await anyio.sleep_forever()
        finally:
            self.stopped = True
        return Departure(how="finished")


def note(folder: Path) -> Plan:
    return planned(scene(folder), Builder(), folder / "episodes" / "note-1.jsonl")


def left(plan: Plan) -> tuple[int, bool]:
    """How many steps a record has, and whether it has an end."""
    assert plan.record is not None
    found = read_trajectory(plan.record)
    return len(found.steps), found.closing is not None or found.leaving is not None


async def lost_by(plan: Plan, url: str, then: Callable[[], Any]) -> str:
    """Why an episode was lost after something had been done to its stage, soon enough."""
    agent = Waiting(then)
    async with RemotePlace(url, TOKEN, agent) as place:
        with anyio.fail_after(WAIT_S), pytest.raises(PlaceLost) as lost:
            await place.play(plan)
    assert agent.stopped
    return str(lost.value)


async def test_an_episode_whose_stage_is_killed_is_lost(tmp_path: Path) -> None:
    plan = note(tmp_path)
    with stage_process() as (process, url):
        words = await lost_by(plan, url, process.kill)

    assert "does not answer" in words
    assert left(plan) == (1, False)


async def test_an_episode_whose_stage_hangs_is_lost_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "WAIT_S", 0.2)
    monkeypatch.setattr(follower, "GRACE_S", 5.0)  # a stage that is only slow is not taken for one that hangs
    plan = note(tmp_path)
    with stage_process() as (process, url):
        words = await lost_by(plan, url, lambda: process.send_signal(signal.SIGSTOP))

    assert "does not answer" in words
    assert left(plan) == (1, False)


async def test_an_episode_that_its_stage_knows_no_more_is_lost(tmp_path: Path) -> None:
    plan = note(tmp_path)
    async with opened_stage() as stage:

        def forget() -> None:
            stage.control.stage.close_all()

        words = await lost_by(plan, stage.url, forget)

    assert "ended on its stage" in words or "there is no episode" in words


async def test_a_stage_that_was_restarted_is_another_one(tmp_path: Path) -> None:
    plan = note(tmp_path)
    port = free_port()
    with ExitStack() as stages:
        first, url = stages.enter_context(stage_process(port))

        def restart() -> None:
            first.kill()
            first.wait()
            stages.enter_context(stage_process(port))

        words = await lost_by(plan, url, restart)

    assert "there is no episode" in words or "does not answer" in words


async def test_a_place_that_is_given_up_ends_its_episodes_at_once(tmp_path: Path) -> None:
    plan = note(tmp_path)
    async with opened_stage() as stage:
        agent = Waiting(lambda: place.give_up())
        async with RemotePlace(stage.url, TOKEN, agent) as place:
            with anyio.fail_after(WAIT_S), pytest.raises(PlaceLost, match="is gone"):
                await place.play(plan)


async def test_a_run_that_is_cancelled_ends_its_episodes_on_the_stage(tmp_path: Path) -> None:
    plan = note(tmp_path)
    async with opened_stage() as stage:
        called = anyio.Event()
        async with opened_place(stage, Waiting(called.set)) as place, anyio.create_task_group() as group:
            group.start_soon(place.play, plan)
            with anyio.fail_after(WAIT_S):
                await called.wait()
            assert stage.episodes
            group.cancel_scope.cancel()

        assert not stage.episodes
    assert left(plan) == (1, False)


async def test_an_agent_is_stopped_where_its_limits_are(tmp_path: Path) -> None:
    agent = Waiting()
    plan = note(tmp_path)
    object.__setattr__(plan, "limits", Limits(steps=5, minutes=0.005))
    async with opened_stage() as stage, opened_place(stage, agent) as place:
        found = await place.play(plan)

    assert found.closing is not None
    assert found.closing.departure.how == "minutes"
    assert agent.stopped
