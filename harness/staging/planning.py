"""From a scenario's file to scenarios: read, checked, and one for each variant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from fault_injection.profile import INLINE, Profile
from harness.scenario import Scenario, ScenarioFile
from harness.staging.brought import brought_along
from harness.staging.criteria import read_milestones, read_never, read_success
from harness.staging.expansion import expand
from harness.staging.going_wrong import read_faults
from harness.staging.guard import Guard, GuardFile
from harness.staging.happening import read_events
from harness.staging.script import read_script
from harness.staging.users import read_users
from harness.staging.variants import Variant
from harness.verdicts.allowances import read_allowances
from worlds.clock import parse_time
from worlds.digest import value_hash
from worlds.errors import UnknownName
from worlds.worldfile import WorldPlan, plan_world, read_world
from worlds.yamlfile import Document, read_yaml

NOT_YET: Final = ("nuisance",)


def read_scenarios(path: Path) -> list[Scenario]:
    """The scenario in a file, once for each variant.

    Raises FileProblem with file, line and column.
    """
    return plan_scenarios(read_yaml(path), path)


def read_scenario(path: Path) -> Scenario:
    """The one scenario in a file. Raises FileProblem, also where the file has several variants."""
    return plan_scenario(read_yaml(path), path)


def plan_scenario(document: Document, path: Path) -> Scenario:
    """The one scenario that a document holds. Raises FileProblem, also where it has several variants."""
    scenarios = plan_scenarios(document, path)
    if len(scenarios) > 1:
        raise document.problem(
            ("params",), f"{scenarios[0].template} has {len(scenarios)} variants, and one is needed",
            hint=f"choose one: {path}{_bracketed(scenarios[0])}, ...",
        )  # fmt: skip
    return scenarios[0]


def plan_scenarios(document: Document, path: Path) -> list[Scenario]:
    """The scenario that a document holds, once for each variant; `path` is where relative names start.

    Raises FileProblem.
    """
    if not isinstance(document.data, dict):
        raise document.problem((), "a scenario is a mapping", hint="its keys are task, world, success, ...")
    for key in NOT_YET:
        if key in document.data:
            raise document.problem((key,), f"{key!r} is not offered by this version", hint="leave it out")
    worlds = _Worlds(path.parent)
    return [_planned(each, path, variant, worlds) for variant, each in expand(document)]


def _planned(document: Document, path: Path, variant: Variant, worlds: "_Worlds") -> Scenario:
    """One variant. Raises FileProblem."""
    try:
        written = ScenarioFile.model_validate(document.data)
    except ValidationError as error:
        raise document.refuse(error, (), ScenarioFile) from None
    world, changes = worlds.found(document, written.world)
    template = written.scenario or path.stem
    checks, guard = read_success(document, written.success), _guard(document, written.guard, world)
    milestones = read_milestones(document, written.milestones)
    faults = read_faults(document, written.faults, path.parent)
    judging = [*checks, *guard.never, *(station.check for station in milestones)]
    _refuse_odd_settings(document, written, world)
    return Scenario(
        name=template + variant.label,
        description=written.description,
        task=written.task,
        world=world,
        changes=changes,
        checks=checks,
        limits=written.limits,
        reference=read_script(document, ("reference",), tuple(world.servers)),
        seeds=written.seeds,
        hash=_hashed(document, world, [*brought_along(judging, path.parent), *_profiles(faults)]),
        document=document,
        template=template,
        variant=variant.values,
        labels=variant.labels,
        guard=guard,
        milestones=milestones,
        events=read_events(document, written.events, world),
        reward=written.reward,
        judge=written.judge,
        workdir=written.workdir,
        faults=faults,
        users=read_users(document, written.users, world, checks),
    )


def _hashed(document: Document, world: WorldPlan, brought: Sequence[tuple[str, str]]) -> str:
    """What a scenario, its world, and the files by which it judges say, as a hash."""
    said: list[Any] = [document.data, world.document.data]
    return value_hash([*said, [list(pair) for pair in brought]] if brought else said).hex()


def _profiles(faults: Sequence[Profile]) -> list[tuple[str, str]]:
    """What profiles say, as hashes; a scenario's own rules are in its text."""
    return [(each.name, value_hash(each.to_json()).hex()) for each in faults if each.name != INLINE]


def _guard(document: Document, written: GuardFile | None, world: WorldPlan) -> Guard:
    never = read_never(document, written.never if written else ())
    return Guard(read_allowances(document, written, world), never)


def _refuse_odd_settings(document: Document, written: ScenarioFile, world: WorldPlan) -> None:
    """Refuse what each key allows but the whole does not."""
    servers = [name for name, server in world.servers.items() if server.kind == "filesystem"]
    if written.workdir is not None and written.workdir not in servers:
        words = f"workdir: {written.workdir!r} is no file server"
        raise document.problem(("workdir",), words, hint=f"file servers: {', '.join(servers) or 'none'}")
    weights = written.reward.weights
    if not any((weights.success, weights.quality, weights.efficiency, weights.cost)):
        raise document.problem(("reward", "weights"), "reward.weights: nothing counts", hint="make one more than 0")
    items = [item.name for item in written.judge.items] if written.judge else []
    for number, name in enumerate(items):
        if name in items[:number]:
            raise document.problem(("judge", "items", number, "name"), f"the name {name!r} stands here twice")


def _bracketed(scenario: Scenario) -> str:
    return scenario.name.removeprefix(scenario.template)


@dataclass(slots=True)
class _Worlds:
    """The worlds that the variants of a scenario name; each file is read once."""

    folder: Path
    read: dict[str, WorldPlan] = field(default_factory=dict)

    def found(self, document: Document, written: str | dict[str, Any]) -> tuple[WorldPlan, Mapping[str, Any]]:
        """The world that is meant, and what is changed in its first state. Raises FileProblem."""
        if isinstance(written, str):
            return self._named(document, ("world",), written), {}
        if "base" not in written:
            return plan_world(document, self.folder, ("world",)), {}
        _refuse_other_keys(document, written, ("base", "with", "clock"))
        if not isinstance(written["base"], str):
            raise document.problem(("world", "base"), "world.base: the name or path of a world is expected")
        base = self._named(document, ("world", "base"), written["base"])
        changes = _changes(document, base, written.get("with", {}))
        return (_on_time(document, base, written["clock"]) if "clock" in written else base), changes

    def _named(self, document: Document, place: tuple[str, ...], name: str) -> WorldPlan:
        try:
            if name not in self.read:
                self.read[name] = read_world(name, self.folder)
        except UnknownName as error:
            raise document.problem(place, error.message, error.hint) from None
        return self.read[name]


def _on_time(document: Document, base: WorldPlan, clock: Any) -> WorldPlan:
    """The world with another first time."""
    try:
        return replace(base, clock_ns=parse_time(str(clock)))
    except ValueError as error:
        raise document.problem(("world", "clock"), f"world.clock: {error}") from None


def _refuse_other_keys(document: Document, written: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in written:
        if key not in known:
            place = ("world", key)
            raise document.problem(place, f"world: {key!r} is not known here", hint=f"known: {', '.join(known)}")


def _changes(document: Document, base: WorldPlan, changes: Any) -> Mapping[str, Any]:
    if not isinstance(changes, dict):
        raise document.problem(("world", "with"), "world.with: a mapping from servers to their changes is expected")
    for server in changes:
        if server not in base.servers:
            known = ", ".join(base.servers)
            raise document.problem(("world", "with", server), f"there is no server {server!r}", hint=f"known: {known}")
    return changes
