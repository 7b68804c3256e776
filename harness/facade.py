"""What Python code uses: episodes to call, fork and score, whole runs, and scores of old trajectories."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from harness.acting.client import Answer, Client
from harness.agent import Options, find_agent
from harness.comparing.compared import Compared, compare_runs
from harness.engine import HERE, EngineOptions, usual_parallel
from harness.errors import HarnessError
from harness.exporting.card import Card
from harness.exporting.findings import Request
from harness.exporting.job import carry_out as carry_out_export
from harness.exporting.selecting import Filters
from harness.exporting.splitting import Split
from harness.proving.floors import AS_NEEDED
from harness.proving.soundness import Report, check_scenarios
from harness.recording.record import read_trajectory
from harness.recording.run_folder import found_run
from harness.running.arm import read_arms
from harness.running.begin import carry_out, new_run, old_run
from harness.running.order import Order
from harness.running.tally import RunResult
from harness.running.terms import AS_USUAL, Terms
from harness.running.threshold import Judged, judge_thresholds, read_threshold, refuse_unanswerable
from harness.running.watcher import UNWATCHED, Watcher
from harness.scorer import Score
from harness.serving.live import Live, Studio
from harness.serving.toggles import Toggles
from harness.staging.coding import Stated
from harness.staging.happening import caught_up
from harness.staging.suite import Filter, collect
from harness.trajectory import Outcome, Step, Trajectory
from harness.verdicts.composite import recorded_rule, scored
from harness.verdicts.live_verdict import Verdict, judged
from harness.verdicts.rescoring import rule_with
from worlds.changes import Change
from worlds.clock import Mode
from worlds.query.views import views
from worlds.world import World

_STUDIO = Studio()
_AS_EVER: Final = Options()


class Episode:
    """A live world with its servers, by the path of a scenario or the name or path of a world, or of a `Scenario`.

    One variant of a scenario that has several is named as `refund.yaml[amount=4990]` or `refund.variant(amount=4990)`.
    Usable as a context manager, from any thread, and inside a running event loop. Time is virtual unless `clock` says
    otherwise: it moves by a tick a call, and by `wait`.
    """

    def __init__(self, what: str | Path | Stated, *, seed: int | None = None, clock: Mode = "virtual") -> None:
        """`seed` replaces the world's seed. Raises FileProblem, NoSuchVariant, UnknownName and other WorldErrors."""
        self._live = _STUDIO.open(str(what) if isinstance(what, Path) else what, seed, clock)

    @classmethod
    def _of(cls, live: Live) -> "Episode":
        episode = cls.__new__(cls)
        episode._live = live
        return episode

    @property
    def task(self) -> str:
        """What the scenario asks; empty for a bare world."""
        return self._live.scenario.task if self._live.scenario else ""

    @property
    def seed(self) -> int:
        """The world's seed."""
        return self._live.world.chance.seed

    @property
    def servers(self) -> dict[str, str]:
        """Server name to URL, for agents that connect; a listener on loopback is opened when first asked."""
        return _STUDIO.urls(self._live)

    @property
    def services(self) -> dict[str, dict[str, str]]:
        """By server that is a service: its `url` for plain HTTP and, where it needs one, its `key`."""
        return {name: each.to_json() for name, each in _STUDIO.services(self._live).items()}

    @property
    def faults(self) -> Toggles:
        """What goes wrong; may be changed while agents are connected."""
        return Toggles(self._live.episode.faults, _STUDIO.do)

    @property
    def digest(self) -> str:
        """The content digest of the world as it is."""
        return self._live.episode.digest.hex()

    @property
    def steps(self) -> Sequence[Step]:
        """The calls so far."""
        return tuple(self._live.recorder.steps)

    def tools(self, server: str) -> list[Mapping[str, Any]]:
        """The tools of a server as agents see them. Raises NotFound."""
        return Client(self._live.episode).tools(server)

    def call(self, server: str, tool: str, arguments: Mapping[str, Any] | None = None) -> Answer:
        """Call a tool in this process; what the tool refuses is an answer.

        Raises NotFound for an unknown server, and FateUnknown where a fault of the scenario keeps the answer back.
        """
        return _STUDIO.run(lambda: Client(self._live.episode).call(server, tool, arguments))

    def wait(self, seconds: float) -> None:
        """Let the world's time pass; what falls due by then has happened for whoever calls, asks or looks next."""
        _STUDIO.do(lambda: self._live.world.clock.advance(int(seconds * 1e9)))

    def fork(self, count: int = 1, *, snapshot: str | None = None, step: int | None = None) -> list["Episode"]:
        """Episodes that continue from here, from a snapshot or from a past step, each on its own."""
        return [Episode._of(live) for live in _STUDIO.fork(self._live, count, snapshot, step)]

    def snapshot(self, label: str = "") -> str:
        """Keep the present state; returns its id."""
        return _STUDIO.run(lambda: self._live.episode.snapshot(label)).id

    def restore(self, snapshot: str | None = None, *, step: int | None = None) -> str:
        """Put the world back to a snapshot or a past step; returns the digest. Raises NotFound."""
        return _STUDIO.restore(self._live, snapshot, step)

    def reset(self) -> str:
        """Put the world back to its first state; returns the digest."""
        return _STUDIO.restore(self._live, None, 0)

    def diff(self) -> list[Change]:
        """What differs from the first state, and by whose doing."""
        return _STUDIO.do(lambda: _present(self._live).diff(self._live.first))

    def query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[dict[str, Any]]:
        """Answer one SELECT over everything, `before` included. Raises QueryFailed."""
        answer = views(_STUDIO.do(lambda: _present(self._live)), self._live.first).query(sql, parameters)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    def score(self, answer: str | None = None) -> Verdict:
        """Judge the world as it is by the scenario's checks; `answer` is the agent's final answer."""
        return judged(self._live, _STUDIO.do(lambda: _present(self._live)), answer)

    def close(self) -> None:
        """End the episode; nothing can be called afterwards."""
        _STUDIO.close(self._live)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _present(live: Live) -> World:
    """The world as it is, after what is due by now has happened."""
    if live.world.agenda.due(live.world.clock.now_ns) is None:
        return live.episode.parked
    world = live.episode.parked.fork()
    world.clock.advance_to(live.world.clock.now_ns)
    return caught_up(world)


def run(
    *paths: str | Path | Stated,
    agent: str,
    trials: int = 1,
    seed: int = 1,
    parallel: int | None = None,
    match: str | None = None,
    vary: Literal["world"] | None = None,
    faults: Sequence[str] = (),
    out: str | Path | None = None,
    options: Options = _AS_EVER,
    engine: EngineOptions = HERE,
    terms: Terms = AS_USUAL,
    watcher: Watcher = UNWATCHED,
) -> RunResult:
    """Run an agent (a SPEC, as on the command line) through scenarios; `out` None keeps the record in memory only.

    `paths` are files, folders, built-in suites by name, and scenarios written in Python; `faults` are arms, as with
    `--faults`. Must not be called inside a
    running event loop. Raises HarnessError and WorldError for what is written wrong.
    """
    meant = [str(path) if isinstance(path, Path) else path for path in paths]
    names = tuple(path if isinstance(path, str) else path.file for path in meant)
    scenarios = collect(meant, match)
    if not scenarios:
        raise HarnessError("no scenario was found", hint="`match` may let none through")
    order = Order(
        scenarios, find_agent(agent, options), trials, seed, parallel or usual_parallel(engine), vary == "world", (),
        names, match, options, read_arms(faults), engine, terms=terms,
    )  # fmt: skip
    ready = new_run(order, Path(out) if out is not None else None, recorded=out is not None)
    carry_out(ready, watcher, heed_signals=False)
    return ready.result


def resume(
    folder: str | Path, *, parallel: int | None = None, retry_invalid: bool = False, watcher: Watcher = UNWATCHED
) -> RunResult:
    """Go on with a run that did not end; what ended in it is kept. Raises ResumeError for one that changed."""
    ready = old_run(found_run(str(folder)), parallel, (), retry_invalid=retry_invalid)
    carry_out(ready, watcher, heed_signals=False)
    return ready.result


def check(
    *paths: str | Path, match: str | None = None, seed: int = 1, engine: EngineOptions = AS_NEEDED
) -> list[Report]:
    """Let the panel play scenarios, as `soundstage check` does; lock files are compared and never written.

    Worlds that run commands are played in containers, unless `engine` says otherwise (`inprocess` or `docker`).

    Must not be called inside a running event loop. Raises HarnessError and WorldError for what is written wrong.
    """
    return check_scenarios(collect(tuple(map(str, paths)), match), seed=seed, engine=engine)


def thresholds(result: RunResult, *rules: str) -> list[Judged]:
    """What became of thresholds such as `success.low>=0.8`. Raises ThresholdError for what no run could answer."""
    read = [read_threshold(rule) for rule in rules]
    refuse_unanswerable(read, result.tallies)
    return judge_thresholds(read, result.tallies)


def compare(one: str | Path | RunResult, other: str | Path | RunResult, *, metric: str = "success") -> Compared:
    """The second run beside the first, pair by pair of the same scenario, faults, trial and seeds.

    Runs are names, folders or what `run` returned. Raises HarnessError for runs that share no episode, and for an
    unknown metric.
    """
    meant = [str(run) if isinstance(run, Path) else run for run in (one, other)]
    return compare_runs(meant[0], meant[1], metric)


def export(
    *runs: str | Path,
    format: str,
    out: str | Path,
    outcomes: Sequence[Outcome] = (),
    reward_min: float | None = None,
    arms: Sequence[str] = (),
    match: str | None = None,
    characters_max: int | None = None,
    thoughts: bool = True,
    split: float | None = None,
    split_seed: int = 1,
    license: str | None = None,
) -> Card:
    """Write the episodes of runs as training data, as `soundstage export` does; returns the card.

    Raises HarnessError and WorldError for what cannot be exported; then nothing is written.
    """
    filters = Filters(tuple(outcomes), reward_min, tuple(arms), Filter(match) if match else None)
    wanted = Request(runs, format, Path(out), filters, Split(split, split_seed), license, thoughts, characters_max)
    return carry_out_export(wanted)


def score(trajectory: Trajectory | str | Path, *, weights: Mapping[str, float] | None = None) -> dict[str, Score]:
    """Every figure of a recorded episode, and `reward`, from its record alone. Raises RecordError and ScoringError.

    `weights` replaces what the record's scenario says: any of success, quality, efficiency and cost; others count
    nothing.
    """
    read = trajectory if isinstance(trajectory, Trajectory) else read_trajectory(Path(trajectory))
    return scored(read, rule_with(recorded_rule(read.closing), weights))


def query(runs: str | Path | Sequence[str | Path], sql: str, *, seconds: float = 120.0) -> list[dict[str, Any]]:
    """The rows that one SELECT over the records of runs answers; `soundstage query --schema` shows the tables.

    `runs` are folders, names below `runs/`, or URLs; the column `run` tells them apart. Raises QueryFailed.
    """
    from harness.store.query import rows_of  # DuckDB is the heaviest thing there is, and few ask

    return rows_of([str(runs)] if isinstance(runs, str | Path) else list(map(str, runs)), sql, seconds)
