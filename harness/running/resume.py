"""Going on with a run that was killed, interrupted or broken off: only what did not end is run."""

from collections.abc import Mapping, Sequence

from harness.agent import find_agent
from harness.engine import EngineOptions
from harness.errors import HarnessError
from harness.recording.run_folder import Manifest, Played, RunFolder
from harness.recording.summary import Summary, ended_summary
from harness.runner import new_tallies
from harness.running.arm import Arm, read_arms
from harness.running.attempts import is_worth_another, retries_of
from harness.running.order import Order, engine_from_json, options_from_json, prepare_all
from harness.running.tally import RunResult
from harness.running.terms import Terms, terms_from_json, terms_to_json
from harness.running.threshold import Threshold, read_threshold
from harness.scenario import Scenario
from harness.staging.prepared import Prepared
from harness.staging.suite import collect
from worlds import host
from worlds.clock import show_time


class ResumeError(HarnessError):
    """A run that cannot be gone on with."""

    code = "resume"


def order_of(
    manifest: Manifest,
    parallel: int | None = None,
    thresholds: Sequence[Threshold] = (),
    engine: EngineOptions | None = None,
    terms: Terms | None = None,
) -> Order:
    """The order that a manifest keeps; what is given replaces what it says.

    Raises ResumeError for scenarios that are gone or that changed since, and AgentError.
    """
    found = {scenario.name: scenario for scenario in collect(manifest.paths, manifest.match)}
    options = options_from_json(manifest.options)
    return Order(
        [_unchanged(played, found) for played in manifest.scenarios],
        find_agent(manifest.agent, options),
        manifest.trials,
        manifest.seed,
        parallel or manifest.parallel,
        "world" in manifest.vary,
        thresholds or tuple(map(read_threshold, manifest.thresholds)),
        manifest.paths,
        manifest.match,
        options,
        _arms(manifest),
        engine or engine_from_json(manifest.engine),
        manifest.shard,
        manifest.store,
        terms=terms or terms_from_json(manifest.terms),
    )


def prepare_again(order: Order, manifest: Manifest) -> list[Prepared]:
    """Build the worlds as they were. Raises ResumeError where a file beside a scenario changed what one holds."""
    prepared = prepare_all(order)
    for one, played in zip(prepared, manifest.scenarios, strict=True):
        if played.start_digest and one.world.content_digest().hex() != played.start_digest:
            raise _changed(f"the world of {played.name}")
    return prepared


def resumed_result(
    order: Order, prepared: Sequence[Prepared], folder: RunFolder, *, retry_invalid: bool = False
) -> RunResult:
    """The run with all episodes that ended; the manifest notes that it goes on. Raises OSError.

    With `retry_invalid` episodes that the infrastructure kept from being judged are run again, too.
    """
    manifest = folder.manifest()
    retries = 0 if manifest.status == "finished" else retries_of(order)
    tallies = new_tallies(order, prepared)
    for planned in manifest.planned:
        summary = ended_summary(folder.record(planned.scenario, planned.trial, planned.arm))
        if summary is not None and not _is_to_try(summary, retries, retry_invalid=retry_invalid):
            tally = tallies[planned.scenario, planned.arm]
            tally.summaries.append(summary)
            tally.begun += 1
    resumed = (*manifest.resumed_at, show_time(host.wall_ns()))
    changed = {
        "status": "running", "ended_at": None, "resumed_at": resumed, "terms": terms_to_json(order.terms),
    }  # fmt: skip
    folder.write(manifest.model_copy(update=changed))
    return RunResult(folder, list(tallies.values()))


def _is_to_try(summary: Summary, retries: int, *, retry_invalid: bool) -> bool:
    """Whether an episode that ended is tried again: when that is wanted, or had still been to come."""
    if retry_invalid and summary.cause == "infrastructure":
        return True
    return is_worth_another(summary) and summary.attempt <= retries


def _arms(manifest: Manifest) -> tuple[Arm, ...]:
    """The arms, which must say what they said. Raises ResumeError and ArmError."""
    arms = read_arms([compared.name for compared in manifest.arms])
    for arm, compared in zip(arms, manifest.arms, strict=False):
        if arm.hash != compared.hash:
            raise _changed(f"the profile of --faults {arm.name}")
    return arms


def _unchanged(played: Played, found: Mapping[str, Scenario]) -> Scenario:
    scenario = found.get(played.name)
    if scenario is None:
        raise ResumeError(f"{played.name} is no longer there", hint=f"it was read from {played.file}")
    if scenario.hash != played.hash:
        raise _changed(played.name)
    return scenario


def _changed(what: str) -> ResumeError:
    return ResumeError(
        f"{what} has changed since the run began", hint="its episodes could not be compared; begin a new run"
    )
