"""A scenario with its world built: what all its episodes of one world seed start from."""

from dataclasses import dataclass, replace
from pathlib import Path

from harness.check import Evidence
from harness.scenario import Scenario
from harness.world_changes import merge
from sandbox_server.errors import StageError
from sandbox_server.presentation import Presentation, present
from worlds.digest import value_hash
from worlds.errors import WorldError
from worlds.part import Moment
from worlds.world import World
from worlds.yamlfile import FileProblem


@dataclass(frozen=True, slots=True)
class Prepared:
    """A scenario and its presented world, never changed, only forked."""

    scenario: Scenario
    presentation: Presentation
    weak: bool
    """Whether an agent that does nothing would pass."""

    @property
    def world(self) -> World:
        """The first state."""
        return self.presentation.world


class Builder:
    """Builds scenarios' worlds; scenarios that share a world and a seed share what is built of it."""

    def __init__(self) -> None:
        self._built: dict[tuple[bytes, Path, int], Presentation] = {}

    def prepare(self, scenario: Scenario, seed: int) -> Prepared:
        """Build a scenario's world, make its changes and try its checks once.

        Raises FileProblem, placed where the cause stands.
        """
        presentation = _changed(scenario, self._presentation(scenario, seed))
        return Prepared(scenario, presentation, _tried(scenario, presentation.world))

    def _presentation(self, scenario: Scenario, seed: int) -> Presentation:
        plan = scenario.world
        key = (value_hash([plan.document.data, list(plan.prefix)]), plan.folder, seed)
        if key not in self._built:
            self._built[key] = _presented(scenario, seed)
        return self._built[key]


def present_scenario(scenario: Scenario, seed: int) -> Presentation:
    """A scenario's world with its changes made. Raises FileProblem, placed where the cause stands."""
    return _changed(scenario, _presented(scenario, seed))


def _presented(scenario: Scenario, seed: int) -> Presentation:
    try:
        return present(scenario.world, seed=seed)
    except StageError as error:
        raise scenario.document.problem(("world",), str(error)) from None


def _changed(scenario: Scenario, base: Presentation) -> Presentation:
    """The presentation with a first state of its own in which the scenario's changes are made."""
    presentation = replace(base, world=base.world.fork())
    _change(scenario, presentation.world)
    return presentation


def _change(scenario: Scenario, world: World) -> None:
    moment = Moment(world.clock.now_ns, "server", world.chance.derive("changes"))
    for server, changes in scenario.changes.items():
        try:
            merge(world.parts[server], changes, moment)
        except FileProblem:
            raise
        except (WorldError, ValueError) as error:
            raise scenario.document.problem(("world", "with", server), f"{server}: {error}") from None
    world.settle("server")


def _tried(scenario: Scenario, world: World) -> bool:
    """Whether every check passes before anything was done. Raises FileProblem for a check that cannot be answered."""
    passed = []
    for check in scenario.checks:
        result = check.evaluate(Evidence(world, world))
        if result.verdict == "ungradable":
            raise scenario.document.problem(("success", check.name, check.kind), f"{check.name}: {result.found}")
        passed.append(result.verdict == "passed")
    return all(passed)
