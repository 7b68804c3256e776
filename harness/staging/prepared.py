"""A scenario with its world built: what all its episodes of one world seed start from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from harness.check import Check, Evidence
from harness.findings import CheckResult
from harness.scenario import Scenario
from harness.staging.going_wrong import refuse_unfit
from harness.staging.happening import schedule
from harness.staging.tool_names import refuse_unknown_tools
from harness.users.state import UserState, memory_name
from harness.verdicts.allowances import check_tables
from sandbox_server.errors import StageError
from sandbox_server.presentation import Presentation, present
from worlds.digest import value_hash
from worlds.errors import WorldError, WrongChange
from worlds.part import Bound, Mergeable, Moment, Part
from worlds.world import World
from worlds.yamlfile import FileProblem
from worlds.yamlfile import Path as Place

_AFTERWARDS: Final = ("said", "command")
"""Checks that say nothing before an agent has spoken, or that cost too much to be tried beforehand."""


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

    @property
    def lasting(self) -> tuple[str, ...]:
        """Servers whose state outlasts an episode, so that trials are not independent."""
        return tuple(name for name, part in self.world.parts.items() if isinstance(part, Bound))


class Builder:
    """Builds scenarios' worlds; scenarios that share a world and a seed share what is built of it."""

    def __init__(self) -> None:
        self._built: dict[tuple[bytes, Path, int, int], Presentation] = {}

    def prepare(self, scenario: Scenario, seed: int) -> Prepared:
        """Build a scenario's world, make its changes and try its checks once.

        Raises FileProblem, placed where the cause stands.
        """
        presentation = _changed(scenario, self._presentation(scenario, seed))
        refuse_unknown_tools(scenario, presentation.servers)
        check_tables(scenario.document, scenario.guard.allowed, presentation.world)
        refuse_unfit(scenario.document, scenario.faults, presentation)
        _try_guards(scenario, presentation.world)
        return Prepared(scenario, presentation, _tried(scenario, presentation.world))

    def _presentation(self, scenario: Scenario, seed: int) -> Presentation:
        plan = scenario.world
        key = (value_hash([plan.document.data, list(plan.prefix)]), plan.folder, plan.clock_ns, seed)
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
    """The presentation with a first state of its own, in which the changes are made and the events are to come."""
    presentation = replace(base, world=base.world.fork())
    _change(scenario, presentation.world)
    schedule(scenario.document, scenario.events, presentation.world)
    for person in scenario.users:
        presentation.world.companions[memory_name(person.server)] = UserState()
    return presentation


def _change(scenario: Scenario, world: World) -> None:
    for server, changes in scenario.changes.items():
        moment = Moment(world.clock.now_ns, "server", world.chance.derive("changes"))
        try:
            _merge(world.parts[server], changes, moment)
            world.schedule(moment.later, server)
        except FileProblem:
            raise
        except (WorldError, ValueError) as error:
            place: Place = error.place if isinstance(error, WrongChange) else ()
            words = f"{server}: {error}"
            raise scenario.document.problem(("world", "with", server, *place), words) from None
    world.settle("server")


def _merge(part: Part, changes: Any, moment: Moment) -> None:
    """Merge a scenario's changes into one part. Raises WorldError with what is wrong and what would be accepted."""
    if not isinstance(part, Mergeable):
        why = f": {part.bound}" if isinstance(part, Bound) else ""
        raise WorldError(f"a scenario cannot change a {part.kind} server{why}")
    if not isinstance(changes, Mapping):
        raise WorldError("the changes of a server are a mapping")
    part.merge(changes, moment)


def _tried(scenario: Scenario, world: World) -> bool:
    """Whether every check passes before anything was done. Raises FileProblem for a check that cannot be answered."""
    results = [_result(scenario, check, ("success", check.name), world) for check in scenario.checks]
    return all(result.verdict == "passed" for result in results)


def _try_guards(scenario: Scenario, world: World) -> None:
    """Refuse what is broken, and what is reached, before anything was done. Raises FileProblem."""
    for number, check in enumerate(scenario.guard.never):
        place: Place = ("guard", "never", number)
        if check.kind not in _AFTERWARDS and _result(scenario, check, place, world).verdict == "failed":
            words = f"{check.name}: it has happened before the agent does anything"
            raise scenario.document.problem(place, words, hint="a check of `never` holds as long as no harm is done")
    for number, station in enumerate(scenario.milestones):
        place = ("milestones", number)
        if station.check.kind not in _AFTERWARDS and _result(scenario, station.check, place, world).verdict == "passed":
            words = f"{station.name}: it is reached before the agent does anything"
            raise scenario.document.problem(place, words, hint="a milestone is reached on the way")


def _result(scenario: Scenario, check: Check, place: Place, world: World) -> CheckResult:
    """What a check says of the first state. Raises FileProblem for one that cannot be answered.

    What only this machine lacks is no mistake of the scenario's: the episodes will say so.
    """
    result = check.evaluate(Evidence(world, world, folder=Path(scenario.file).parent))
    if result.verdict == "ungradable" and result.cause != "infrastructure":
        raise scenario.document.problem((*place, check.kind), f"{check.name}: {result.found}")
    return result
