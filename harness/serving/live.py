"""Live episodes for Python code: one stage in a thread of its own, shared by all of this process."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from harness.recording.step_log import StepLog
from harness.scenario import Scenario
from harness.serving.background import Background
from harness.staging.coding import Stated
from harness.staging.finder import ScenarioFinder, find_served, served_scenario
from harness.users.seating import greet, seated
from sandbox_server.admin.worlds import Presentations
from sandbox_server.carriers.http import Listener, serve_agents
from sandbox_server.episode import Episode
from sandbox_server.hands.hands import refuse_without_hands
from sandbox_server.presentation import Presentation
from sandbox_server.stage import Stage
from sandbox_server.web import Service, services_of
from worlds import host
from worlds.clock import Mode
from worlds.world import World

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Live:
    """An open episode, its steps, and where it began."""

    episode: Episode
    recorder: StepLog
    token: str
    first: World
    """The state that scores and differences go back to; a fork's is its origin's."""
    scenario: Scenario | None

    @property
    def world(self) -> World:
        """The world that calls change."""
        return self.episode.world


class Studio:
    """Opens, forks and ends episodes; every act happens in one thread."""

    def __init__(self) -> None:
        self._background = Background()
        self._presentations = Presentations(ScenarioFinder())
        self._stage = Stage()
        self._listener: Listener | None = None

    def run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine in the studio's thread."""
        return self._background.run(make)

    def do(self, work: Callable[[], T]) -> T:
        """Run a function in the studio's thread."""
        return self._background.do(work)

    def open(self, what: str | Stated, seed: int | None, clock: Mode) -> Live:
        """Open an episode of a scenario's or a world's first state. Raises WorldError and NoSuchVariant."""
        meant = find_served(what) if isinstance(what, str) else served_scenario(what)
        chosen = meant.found.seed if seed is None else seed
        presentation = self.run(lambda: self._presentations.get(meant.found, chosen))
        live = self.do(lambda: self._opened(presentation, clock, meant.scenario))
        self.run(lambda: meant.found.begun(live.episode))
        return live

    def fork(self, live: Live, count: int, snapshot: str | None, step: int | None) -> list[Live]:
        """Episodes that continue from a state of another one. Raises NotFound, and NotForkable with the reason."""
        self.do(live.world.demand_free)
        return self.do(lambda: [self._forked(live, snapshot, step) for _ in range(count)])

    def restore(self, live: Live, snapshot: str | None, step: int | None) -> str:
        """Put an episode back, its steps too; returns the digest. Raises NotFound."""

        async def restored() -> str:
            effect = live.episode.find(snapshot=snapshot, step=step).step
            await live.episode.restore(snapshot=snapshot, step=step)
            live.recorder.cut(effect)
            await greet(live.episode, seated(live.episode))
            return live.episode.digest.hex()

        return self.run(restored)

    def urls(self, live: Live) -> dict[str, str]:
        """Where agents reach the servers; opens the listener when first asked."""
        base = self.run(self._listening)
        return {server: f"{base}/{live.token}/{server}/mcp" for server in live.episode.offered("agent")}

    def services(self, live: Live) -> dict[str, Service]:
        """Where agents reach services by plain HTTP; opens the listener when first asked."""
        return services_of(live.episode.offered("agent"), self.run(self._listening), live.token)

    def close(self, live: Live) -> None:
        """End an episode; ending it twice is fine."""
        self.do(lambda: self._stage.close(live.episode.id) if live.episode.id in self._stage.episodes else None)

    async def _listening(self) -> str:
        if self._listener is None:
            self._listener = serve_agents(self._stage)
            await self._listener.start()
        return self._listener.url

    def _opened(self, presentation: Presentation, clock: Mode, scenario: Scenario | None) -> Live:
        world = presentation.world.fork()
        world.clock.restore(replace(world.clock.state(), mode=clock))
        live = self._admitted(presentation, world, StepLog(scenario.task if scenario else ""), scenario, None)
        if scenario is not None and scenario.faults:
            live.episode.faults.put(scenario.faults, seed=scenario.seeds.faults, note=False)
        return live

    def _forked(self, live: Live, snapshot: str | None, step: int | None) -> Live:
        found = live.episode.find(snapshot=snapshot, step=step)
        log = StepLog(live.scenario.task if live.scenario else "", steps=live.recorder.steps)
        log.cut(found.step)
        forked = self._admitted(live.episode.presentation, found.world, log, live.scenario, live.first)
        if live.episode.has_faults:
            live.episode.faults.carry_to(forked.episode.faults)
        live.episode.turns.carry_to(forked.episode.turns)
        forked.episode.reserved = live.episode.reserved
        return forked

    def _admitted(
        self, presentation: Presentation, world: World, log: StepLog, scenario: Scenario | None, first: World | None
    ) -> Live:
        refuse_without_hands(presentation.servers)
        token = host.secret()
        episode = self._stage.open(presentation, token=token, world=world, sinks=(log,))
        return Live(episode, log, token, first or episode.first, scenario)
