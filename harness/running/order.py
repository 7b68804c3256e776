"""What is to be run: scenarios, an agent, and how often; and the same as a run's manifest keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import TypeAdapter

from harness.agent import Agent, Options
from harness.engine import HERE, EngineOptions, engines
from harness.judging.appointed import check_judge
from harness.recording.run_folder import Compared, Manifest, Planned, Played, RunFolder, Shard
from harness.running.arm import OWN, Arm, refuse_unfit_arms
from harness.running.terms import AS_USUAL, Terms, terms_to_json
from harness.running.threshold import Threshold
from harness.scenario import Scenario
from harness.staging.prepared import Builder, Prepared
from harness.staging.seeds import seeds_of
from harness.staging.shells import refuse_shells
from harness.trajectory import Seeds
from harness.users.appointing import check_wording
from harness.version import own_version, versions
from worlds import host
from worlds.clock import show_time

_OPTIONS: Final[TypeAdapter[Options]] = TypeAdapter(Options)
COMMANDING: Final = frozenset({"docker", "remote"})
"""Engines on whose stages commands of shells can be run."""
_ENGINE: Final[TypeAdapter[EngineOptions]] = TypeAdapter(EngineOptions)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run."""

    scenarios: Sequence[Scenario]
    agent: Agent
    trials: int = 1
    seed: int = 1
    parallel: int = 1
    vary_world: bool = False
    """Whether each trial has a world of its own, where the scenario does not pin its seed."""
    thresholds: Sequence[Threshold] = ()
    paths: tuple[str, ...] = ()
    """Where the scenarios were found, so that the run can be gone on with."""
    match: str | None = None
    options: Options = field(default_factory=Options)
    arms: tuple[Arm, ...] = (OWN,)
    """Settings of faults that are compared."""
    engine: EngineOptions = HERE
    """Where its episodes are played."""
    shard: Shard | None = None
    """The share of the episodes that is played; None: all of them."""
    store: str | None = None
    """The object store that keeps the run, too."""
    terms: Terms = AS_USUAL
    """How often and how long they are tried, and what they may cost."""

    def share(self) -> dict[str, frozenset[int]]:
        """By scenario: the trials that are played. All arms of a trial are in one share, so that they can be paired."""
        some, of = len(self.scenarios), self.shard.of if self.shard else 1
        own = self.shard.number - 1 if self.shard else 0
        trials = range(1, self.trials + 1)
        return {
            scenario.name: frozenset(trial for trial in trials if ((trial - 1) * some + place) % of == own)
            for place, scenario in enumerate(self.scenarios)
        }

    def seeds(self, scenario: Scenario, trial: int) -> Seeds:
        """The seeds of one trial."""
        return seeds_of(scenario.seeds, self.seed, trial, vary_world=self.vary_world)


def prepare_all(order: Order) -> list[Prepared]:
    """Build the worlds and try the checks. Raises FileProblem and AgentError before anything is run."""
    builder = Builder()
    engines.get(order.engine.name).check(order)
    if order.engine.name not in COMMANDING:
        refuse_shells(order.scenarios, f"the engine {order.engine.name!r}")
    for scenario in order.scenarios:
        order.agent.check(scenario)
        check_judge(scenario, order.agent, order.options.judge)
        check_wording(scenario, order.options)
    prepared = [builder.prepare(scenario, order.seeds(scenario, 1).world) for scenario in order.scenarios]
    refuse_unfit_arms(order.arms, prepared)
    return prepared


def manifest_of(order: Order, prepared: Sequence[Prepared], folder: RunFolder) -> Manifest:
    """The manifest of a run that begins."""
    share = order.share()
    planned = (
        Planned(
            scenario=scenario.name,
            trial=trial,
            arm=arm.name,
            file=folder.record(scenario.name, trial, arm.name).relative_to(folder.path).as_posix(),
        )
        for trial in range(1, order.trials + 1)
        for arm in order.arms
        for scenario in order.scenarios
        if trial in share[scenario.name]
    )
    played = tuple(map(_prepared, prepared))
    changed = {"name": folder.path.name, "scenarios": played, "planned": tuple(planned)}
    return unplayed_manifest(order).model_copy(update=changed)


def unplayed_manifest(order: Order) -> Manifest:
    """An order as a manifest without a folder keeps it: whoever reads it can play single episodes of it."""
    return Manifest(
        name="",
        status="running",
        soundstage=own_version(),
        versions=versions(),
        paths=order.paths,
        match=order.match,
        agent=order.agent.spec,
        options=options_to_json(order.options),
        engine=engine_to_json(order.engine),
        terms=terms_to_json(order.terms),
        isolation=order.agent.isolation,
        seed=order.seed,
        trials=order.trials,
        parallel=order.parallel,
        vary=("world",) if order.vary_world else (),
        thresholds=tuple(threshold.text for threshold in order.thresholds),
        arms=tuple(Compared(name=arm.name, hash=arm.hash) for arm in order.arms if arm.name),
        shard=order.shard,
        store=order.store,
        started_at=show_time(host.wall_ns()),
        scenarios=tuple(map(_played, order.scenarios)),
        planned=(),
    )


def options_to_json(options: Options) -> dict[str, Any]:
    """Options as a manifest keeps them."""
    kept: dict[str, Any] = _OPTIONS.dump_python(options, mode="json")
    return kept


def options_from_json(kept: dict[str, Any]) -> Options:
    """Options as a manifest kept them."""
    return _OPTIONS.validate_python(kept)


def engine_to_json(engine: EngineOptions) -> dict[str, Any]:
    """An engine's options as a manifest keeps them: without secrets."""
    kept: dict[str, Any] = _ENGINE.dump_python(replace(engine, admin_token=None), mode="json")
    return {name: value for name, value in kept.items() if value is not None}


def engine_from_json(kept: dict[str, Any]) -> EngineOptions:
    """An engine's options as a manifest kept them."""
    return _ENGINE.validate_python(kept)


def _played(scenario: Scenario) -> Played:
    return Played(
        name=scenario.name,
        file=scenario.file,
        template=scenario.template,
        hash=scenario.hash,
        seeds=scenario.seeds.model_dump(exclude_none=True),
    )


def _prepared(one: Prepared) -> Played:
    """A scenario with what only its world tells."""
    changed = {"start_digest": one.world.content_digest().hex(), "weak": one.weak, "lasting": one.lasting}
    return _played(one.scenario).model_copy(update=changed)
