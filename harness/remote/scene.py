"""An episode that takes place on a stage elsewhere, as the harness sees it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import anyio
from anyio.abc import TaskGroup

from harness.acting.client import Client
from harness.agent import Agent
from harness.engine import PlaceLost
from harness.plan import Plan, opening
from harness.recording.record import Recorder
from harness.recording.states import States
from harness.recording.toolbox import toolbox_of
from harness.remote.admin import Admin
from harness.remote.directing import Direction, RemoteClient, RemotePresence
from harness.remote.follower import Follower
from harness.remote.recorder import ShadowRecorder
from harness.remote.sent import Sent
from harness.remote.shadow import Shadow
from harness.trajectory import Departure
from harness.users.seating import greet, reserved_by, seat
from sandbox_server.directing.gate import Limit
from sandbox_server.episode import Episode
from sandbox_server.errors import StageError
from sandbox_server.web import Service
from worlds import host
from worlds.world import World

LEASE_S: Final = 60.0
CLOSE_S: Final = 10.0
LOST_CLOSE_S: Final = 1.0
"""How long a stage that is taken for dead is still told to end an episode."""
Rewrite = Callable[[str], str]


class RemoteScene:
    """An open episode on a stage; `opened_scene` opens one."""

    def __init__(
        self, plan: Plan, agent: Agent, admin: Admin, told: Mapping[str, Any], shadow: Shadow, states: States | None,
        rewrite: Rewrite,
    ) -> None:  # fmt: skip
        self.episode: Episode = shadow
        self._shadow = shadow
        self._admin = admin
        self._path = f"/episodes/{told['id']}"
        self._is_open = True
        tools = states.listing(plan.prepared, toolbox_of) if states is not None else None
        base = shadow.base if states is not None else None
        self._recorder = ShadowRecorder(plan, opening(plan, agent, base, tools), told["token"], shadow)
        self.recorder: Recorder = self._recorder
        shadow.ledger.sinks = (self.recorder, *plan.sinks)
        self.follower = Follower(admin, told["id"], shadow)
        self._direction = Direction(admin, told["id"], self.follower)
        self.client: Client = RemoteClient(shadow, self._direction)
        self.urls: Mapping[str, str] = {name: rewrite(url) for name, url in told["servers"].items()}
        self.services: Mapping[str, Service] = {
            name: Service(rewrite(each["url"]), each["key"]) for name, each in told["services"].items()
        }
        presence = RemotePresence(shadow, self._direction)
        people = plan.prepared.scenario.users
        self.follower.players = seat(shadow, people, plan.seeds.user, plan.smiths, presence)

    async def greeted(self) -> None:
        """Let people write first."""
        await greet(self.episode, self.follower.players)
        self._shadow.look()

    async def exceeded(self) -> Limit:
        """Wait for the stage's word that a limit is exceeded."""
        return await self.follower.exceeded()

    async def ended(self, departure: Departure) -> tuple[Departure, World]:
        """Let the stage come to an end, and take in all that happened until then."""
        told = await self._direction.finish()
        hit = tuple((str(name), int(number)) for name, number in told["unanswered"])
        if hit:
            departure = departure.model_copy(update={"unanswered": hit})
        self.recorder.ended = True
        final = self._shadow.look(told["state"])
        if told["state"]["new"]:
            self._recorder.final_state = self._shadow.keep_final(told["state"])
        await self._end()
        return departure, final

    async def close(self) -> None:
        """End the episode on its stage, if that was not done."""
        self.recorder.abandon()
        await self._end()

    async def _end(self) -> None:
        """End the episode there; where that cannot be told, it ends when nobody has followed it for a while."""
        if not self._is_open:
            return
        self._is_open = False
        self.follower.stop()
        seconds = CLOSE_S if self.follower.lost is None else LOST_CLOSE_S
        with anyio.move_on_after(seconds, shield=True), suppress(StageError, PlaceLost):
            await self._admin.ask("DELETE", self._path, again=False, wait_s=seconds)


async def opened_scene(
    plan: Plan, agent: Agent, admin: Admin, sent: Sent, states: States | None, rewrite: Rewrite, group: TaskGroup
) -> RemoteScene:
    """Open an episode on a stage and follow it in a task of a group. Raises StageError, PlaceLost and OSError."""
    people = plan.prepared.scenario.users
    wanted = {
        "clock": agent.clock,
        "token": host.secret(),
        "people": [person.server for person in people],
        "reserved": dict(reserved_by(people)),
        "faults": [profile.to_json() for profile in plan.profiles],
        "faults_seed": plan.seeds.faults,
        "calls_max": plan.limits.steps,
        "same_call_max": plan.limits.same_call,
        "stuck_after": plan.limits.stuck_after,
        "lease_s": LEASE_S,
    }
    told = await admin.ask("POST", f"/bundles/{sent.address}/episodes", wanted, again=False)
    try:
        shadow = Shadow(told["id"], sent, states)
        scene = RemoteScene(plan, agent, admin, told, shadow, states, rewrite)
    except BaseException:
        with anyio.move_on_after(CLOSE_S, shield=True), suppress(StageError, PlaceLost):
            await admin.ask("DELETE", f"/episodes/{told['id']}", again=False)
        raise
    group.start_soon(scene.follower.follow, group)
    return scene
