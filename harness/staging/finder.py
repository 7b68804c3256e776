"""How names and paths become worlds when they may also mean scenarios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.scenario import Scenario, is_scenario
from harness.staging.choice import Reference, referred, sole
from harness.staging.coding import Stated, collect_module, stated_variants
from harness.staging.planning import plan_scenario, plan_scenarios
from harness.staging.prepared import present_scenario
from harness.users.seating import receive
from sandbox_server.admin.worlds import Found, WorldFinder
from worlds.worldfile import find_world, library_names
from worlds.yamlfile import Document, read_yaml


@dataclass(frozen=True, slots=True)
class Served:
    """What a name or a path means: a world to be presented, and the scenario if it is one."""

    found: Found
    key: str
    """Tells it from everything else on this machine: a built-in world's name, or an absolute path."""
    scenario: Scenario | None = None

    @property
    def task(self) -> str | None:
        """What the scenario asks; None for a bare world."""
        return self.scenario.task if self.scenario else None


class ScenarioFinder(WorldFinder):
    """Worlds by name, by path and written out; scenarios by path and written out."""

    def scenario(self, reference: str | Mapping[str, Any]) -> Found:
        """The world of a scenario, with its changes made. Raises WorldError."""
        if isinstance(reference, str):
            asked = referred(reference)
            return found_scenario(asked.one(plan_scenarios(read_yaml(asked.path), asked.path)))
        return found_scenario(plan_scenario(Document("<request>", dict(reference)), Path("<request>")))


def find_served(reference: str, *, any_variant: bool = False) -> Served:
    """What a person means by a reference: a built-in world, a scenario's file, or a world's.

    `any_variant` takes the first of several. Raises WorldError, and NoSuchVariant for several.
    """
    asked = referred(reference)
    path = asked.path
    if reference in library_names():
        return Served(WorldFinder().world(reference), reference)
    if not path.is_file():
        found = find_world(reference)
        return Served(WorldFinder().world(str(found)), str(found.resolve()))
    if path.suffix == ".py":
        return _served(path, _one(asked, collect_module(path), any_variant))
    document = read_yaml(path)
    if not is_scenario(document.data):
        return Served(WorldFinder().world(str(path)), str(path.resolve()))
    return _served(path, _one(asked, plan_scenarios(document, path), any_variant))


def served_scenario(what: Stated) -> Served:
    """The one variant of a scenario that stands in code. Raises FileProblem and NoSuchVariant."""
    variants = stated_variants(what)
    return _served(Path(variants[0].file), sole(variants, variants, variants[0].file))


def _one(asked: Reference, scenarios: Sequence[Scenario], any_variant: bool) -> Scenario:
    return asked.chosen(scenarios)[0] if any_variant else asked.one(scenarios)


def _served(path: Path, scenario: Scenario) -> Served:
    key = str(path.resolve()) + scenario.name.removeprefix(scenario.template)
    return Served(found_scenario(scenario), key, scenario)


def found_scenario(scenario: Scenario) -> Found:
    """A scenario's world as a finding; it differs wherever the scenario does."""
    identity = [scenario.document.data, scenario.world.document.data, list(scenario.world.prefix)]
    seed = 1 if scenario.seeds.world is None else scenario.seeds.world
    receiving = partial(receive, people=scenario.users, pinned=scenario.seeds) if scenario.users else None
    return Found(
        scenario.world, identity, lambda seed: present_scenario(scenario, seed), seed, scenario.faults, receiving
    )
