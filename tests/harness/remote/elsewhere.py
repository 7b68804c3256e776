"""Stages elsewhere, and the same episodes played here and there."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from fault_injection.profile import Profile
from harness.agent import Agent
from harness.agents.script import ScriptAgent
from harness.episode import run_episode
from harness.plan import Plan
from harness.remote.place import RemotePlace
from harness.scenario import Scenario
from harness.serving.house import opened_house
from harness.staging.prepared import Builder
from harness.staging.seeds import seeds_of
from harness.trajectory import Trajectory
from sandbox_server.admin.app import admin_app
from sandbox_server.admin.control import Control
from sandbox_server.carriers.http import App, Listener, serve_agents
from sandbox_server.stage import Stage
from tests.harness.command import ROOT

TOKEN: Final = "owners-own-token"
WAIT_S: Final = 120.0
"""Only what hangs takes so long."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A stage that knows no world, and its owner's door."""

    control: Control
    admin: Listener

    @property
    def url(self) -> str:
        return self.admin.url

    @property
    def episodes(self) -> list[str]:
        """Those that are open."""
        return list(self.control.stage.episodes)


@asynccontextmanager
async def opened_stage(around: Any = lambda app: app) -> AsyncIterator[Elsewhere]:
    """A bare stage in this event loop; `around` is put around its admin API."""
    stage = Stage()
    async with serve_agents(stage) as agents:
        control = Control(stage, agents.url)
        app: App = around(admin_app(control, TOKEN))
        try:
            async with Listener(app, grace_seconds=0.1) as admin:
                yield Elsewhere(control, admin)
        finally:
            control.stopping.set()
            stage.close_all()


@contextmanager
def stage_process(port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A bare stage as a process of its own, and the URL of its admin API."""
    words = [sys.executable, "-m", "sandbox_server", "--host", "127.0.0.1", "--admin-host", "127.0.0.1"]
    words += ["--port", "0", "--admin-port", str(port)]
    environment = {**os.environ, "ADMIN_TOKEN": TOKEN, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["admin"]
        finally:
            process.kill()


def planned(
    scenario: Scenario, builder: Builder, record: Path | None = None, faults: Sequence[Profile] | None = None
) -> Plan:
    """The first trial of a scenario."""
    seeds = seeds_of(scenario.seeds, 1, 1)
    return Plan(builder.prepare(scenario, seeds.world), 1, seeds, scenario.limits, record=record, faults=faults)


@asynccontextmanager
async def opened_place(stage: Elsewhere, agent: Agent | None = None) -> AsyncIterator[RemotePlace]:
    """The stage as a place."""
    async with RemotePlace(stage.url, TOKEN, agent or ScriptAgent("reference")) as place:
        yield place


async def played_here(plan: Plan, agent: Agent | None = None) -> Trajectory:
    """What an episode comes to in this process."""
    async with opened_house("127.0.0.1") as house:
        return await run_episode(plan, agent or ScriptAgent("reference"), house)


def placed(plan: Plan, record: Path) -> Plan:
    """The plan with another place for its record."""
    return replace(plan, record=record)


def told(trajectory: Trajectory) -> dict[str, Any]:
    """All that a trajectory says but for the host's time and for how states are packed."""
    found = trajectory.model_dump(mode="json")
    found["opening"] |= {"started_at": "", "state": None}
    for step in found["steps"]:
        step |= {"real_ms": 0, "delta": step["delta"] is not None}
    for end in (found["leaving"], found["closing"]):
        if end is not None:
            end |= {"wall_seconds": 0, "state": end["state"] is not None}
    return found
