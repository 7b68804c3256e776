"""Whether scenarios can be trusted: the panel's verdict on each, advice, and what its lock file says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import anyio
import anyio.to_thread

from harness.engine import EngineOptions
from harness.proving.advice import Advice, advise
from harness.proving.floors import AS_NEEDED, engine_for, opened_floors, refuse_unplayable
from harness.proving.lock import Locked, LockFile, read_lock, write_lock
from harness.proving.panel import Member, Tried, try_scenario
from harness.proving.proposal import Proposal, propose
from harness.scenario import Scenario
from harness.staging.prepared import Builder
from harness.staging.seeds import seeds_of
from harness.version import own_version


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of one scenario."""

    scenario: Scenario
    members: Sequence[Member]
    advice: Sequence[Advice]
    proposal: Proposal | None
    """What its guard could allow; None where no reference ran to its end."""
    found: Locked | None
    """What a lock file would keep; None where no reference ran to its end."""
    differences: Sequence[str] = ()
    """What is not as the lock file says."""
    is_locked: bool = False
    """Whether the lock file speaks of it, as it was before this check."""

    @property
    def sound(self) -> bool:
        """Whether every member of the panel came to what it should, and nothing else is wrong."""
        return all(member.right for member in self.members) and not any(one.weight == "wrong" for one in self.advice)

    @property
    def good(self) -> bool:
        """Whether it is sound and as its lock file says."""
        return self.sound and not self.differences


def check_scenarios(
    scenarios: Sequence[Scenario],
    *,
    seed: int = 1,
    compare: bool = True,
    engine: EngineOptions = AS_NEEDED,
    done: Callable[[Report], None] = lambda report: None,
) -> list[Report]:
    """Let the panel play every scenario; `done` is told of each. Must not be called inside a running event loop.

    With `compare` each is held against its lock file. Raises FileProblem for what is written wrong, LockError for
    a lock file that cannot be read, and EngineError and ShellError for what cannot be played.
    """
    refuse_unplayable(scenarios, engine)
    locks = {scenario.file: read_lock(scenario.file) if compare else None for scenario in scenarios}
    return anyio.run(_checked, scenarios, seed, engine, locks, done)


async def _checked(
    scenarios: Sequence[Scenario],
    seed: int,
    engine: EngineOptions,
    locks: Mapping[str, LockFile | None],
    done: Callable[[Report], None],
) -> list[Report]:
    builder, reports = Builder(), list[Report]()
    async with opened_floors(scenarios, engine) as floors:
        for scenario in scenarios:
            world_seed = seeds_of(scenario.seeds, seed, 1).world
            prepared = await anyio.to_thread.run_sync(builder.prepare, scenario, world_seed)
            tried = await try_scenario(prepared, floors[engine_for(scenario, engine)], seed)
            reports.append(_compared(_report(tried), locks[scenario.file]))
            done(reports[-1])
    return reports


def lock_reports(reports: Sequence[Report], *, update: bool, whole: bool) -> list[str]:
    """Write the lock files of sound scenarios that have none, or with `update` of all sound ones.

    `whole` says that the reports are on all scenarios of their files: an update then forgets all others. Returns the
    paths of what was written. Raises LockError.
    """
    files: dict[str, list[Report]] = {}
    for report in reports:
        files.setdefault(report.scenario.file, []).append(report)
    return [path for file, some in files.items() for path in _locked(file, some, update, whole)]


def _locked(file: str, reports: Sequence[Report], update: bool, whole: bool) -> list[str]:
    lock = None if update and whole else read_lock(file)
    kept = dict(lock.scenarios) if lock else {}
    found = {report.scenario.name: report.found for report in reports if report.sound and report.found is not None}
    new = {name: one for name, one in found.items() if update or name not in kept}
    return [str(write_lock(file, LockFile(soundstage=own_version(), scenarios=kept | new)))] if new else []


def _report(tried: Tried) -> Report:
    reference = tried.reference
    whole = reference is not None and reference.outcome == "success"
    proposal = propose(reference, tried.again) if reference is not None and whole else None
    advice = advise(tried, proposal)
    found = _found(tried, proposal) if proposal is not None else None
    return Report(tried.prepared.scenario, tried.members, advice, proposal, found)


def _found(tried: Tried, proposal: Proposal) -> Locked:
    reference = tried.reference
    assert reference is not None and reference.closing is not None
    return Locked(
        hash=tried.prepared.scenario.hash,
        start_digest=reference.opening.start_digest,
        reference_digest=reference.closing.final_digest,
        may_change=tuple(dict(entry) for entry in proposal.may_change),
        volatile=proposal.volatile,
        panel={member.name: member.got for member in tried.members},
    )


def _compared(report: Report, lock: LockFile | None) -> Report:
    """The report with what differs from the lock file."""
    locked = lock.scenarios.get(report.scenario.name) if lock else None
    if lock is None or locked is None:
        return report
    differences = _differences(locked, report.found)
    if differences and lock.soundstage != own_version():
        differences.append(f"it was locked by version {lock.soundstage}, this is {own_version()}")
    return replace(report, differences=tuple(differences), is_locked=True)


def _differences(locked: Locked, found: Locked | None) -> list[str]:
    if found is None:
        return ["the reference no longer runs to its end"]
    pairs = {
        "the scenario's text": (locked.hash, found.hash),
        "the world's first state": (locked.start_digest, found.start_digest),
        "what the reference leaves": (locked.reference_digest, found.reference_digest),
        "what the reference may change": (locked.may_change, found.may_change),
        "what differs between two runs": (locked.volatile, found.volatile),
    }
    changed = [f"{what} changed" for what, (before, now) in pairs.items() if before != now]
    for name in sorted({*locked.panel, *found.panel}):
        was, now = locked.panel.get(name, "absent"), found.panel.get(name, "absent")
        changed += [f"{name} came to {was} and comes to {now}"] if was != now else []
    return changed
