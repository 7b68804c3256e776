"""Which faults a failure hangs on: a failed episode is played again without them, all and one by one."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from harness.agent import Agent, AgentError, Options, find_agent
from harness.agents.replay import ReplayAgent
from harness.episode import run_episode
from harness.errors import HarnessError
from harness.plan import Plan
from harness.proving.shrinking import shrunk
from harness.proving.sifting import Firing, sieve
from harness.recording.origin import Origin
from harness.recording.toggling import recorded_profiles
from harness.serving.house import House, opened_house
from harness.staging.shells import shell_of
from harness.trajectory import Outcome, Trajectory
from harness.verdicts.firing import fired, is_told_failed, later, own_changes, same_call
from sandbox_server.families.shell.server import RAN

PLAYS_MAX: Final = 200
"""How often an episode is played again at most, unless somebody says otherwise."""
By = Literal["agent", "fault", "unclear"]


class BlameError(HarnessError):
    """A trajectory that tells nothing about whose fault it was."""

    code = "blame"


@dataclass(frozen=True, slots=True)
class Hit:
    """A firing that had its effect, and the step that it hit."""

    firing: Firing
    step: int
    fault: str
    is_wait: bool = False
    """Whether it only lets time pass."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What an episode comes to when one firing is kept back."""

    hit: Hit
    outcome: Outcome | None

    @property
    def flips(self) -> bool:
        """Whether it succeeds then: the failure needs this firing."""
        return self.outcome == "success"


@dataclass(frozen=True, slots=True)
class Blamed:
    """What came of it."""

    agent: str
    """Who played again: the script itself, or the recorded calls."""
    again: Outcome | None
    """With every fault, as it was."""
    without: Outcome | None
    """Without any."""
    removed: Sequence[Removed] = ()
    smallest: Sequence[Hit] = ()
    """The fewest firings that make it fail, if faults do."""
    is_least: bool = True
    """Whether none of those can be left out; False where it was played too often before that was known."""
    untried: int = 0
    """Firings of which nobody knows what the episode comes to without them alone."""
    played: int = 0
    by: By = "unclear"
    why: str = ""


async def blame(path: Path, trajectory: Trajectory, origin: Origin, plays_max: int = PLAYS_MAX) -> Blamed:
    """Play a failed episode again with fewer and fewer faults. Raises BlameError for one that did not fail.

    What was toggled is toggled again at the same calls. Each way of playing (the script, the recorded calls) does so
    `plays_max` times at most, and says what it did not try.
    """
    _refuse(path, trajectory)
    _refuse_unrun(path, trajectory, origin)
    async with opened_house(None) as house:
        told: list[Blamed] = []
        for agent in [*_script(trajectory, origin), None]:
            told.append(await _taken_apart(_Trial(path, trajectory, origin, house, agent, plays_max)))
            if told[-1].by == "fault":
                break
        return next((found for found in reversed(told) if found.by != "unclear"), told[-1])


async def _taken_apart(trial: "_Trial") -> Blamed:
    """All tries of one way to play it again."""
    again = await trial.again()
    if again.outcome in ("success", "invalid", None):
        why = "played again, it does not fail: more than its calls and their faults made it fail"
        return trial.told(again.outcome, None, why=why)
    without = await trial.without([hit.firing for hit in trial.hits])
    if without in ("invalid", None):
        return trial.told(again.outcome, without, why="without faults it could not be played to its end")
    if without != "success" and trial.is_cut_short:
        return trial.told(
            again.outcome, without, why="its calls end at a fault; nobody knows what it would have done next"
        )
    if without != "success":
        return trial.told(again.outcome, without, by="agent", why="it fails without any fault as well")
    shrinking = await shrunk(trial.hits, trial.fails_with, trial.left // 2)
    smallest = shrinking.kept
    first = [*smallest, *(hit for hit in trial.hits if hit not in smallest)][: trial.left]
    tried = {hit.firing: Removed(hit, await trial.without([hit.firing])) for hit in first}
    removed = [tried[hit.firing] for hit in trial.hits if hit.firing in tried]
    found = trial.told(again.outcome, without, removed, smallest, by="fault", why="without faults it succeeds")
    return replace(found, is_least=shrinking.is_least, untried=len(trial.hits) - len(removed))


def _script(trajectory: Trajectory, origin: Origin) -> list[Agent]:
    """The script that played, where it can be found; what it expects of single calls may keep it from going on.

    What was toggled stands at the recorded calls, so that only these can be made again.
    """
    who = trajectory.opening.agent
    if who.kind != "script" or any(step.toggles for step in trajectory.steps):
        return []
    if shell_of(origin.prepared.scenario) is not None:  # recorded calls have what their commands came to
        return []
    try:
        found = find_agent(who.spec, Options())
        found.check(origin.prepared.scenario)
    except AgentError:
        return []
    return [found]


def _refuse(path: Path, trajectory: Trajectory) -> None:
    if trajectory.outcome in (None, "success", "invalid"):
        raise BlameError(f"{path}: the episode came to {trajectory.outcome or 'no end'}; only a failure has a cause")
    if not any(fired(step) for step in trajectory.steps):
        raise BlameError(f"{path}: no fault fired", hint="look at what the agent did: soundstage show")


def _refuse_unrun(path: Path, trajectory: Trajectory, origin: Origin) -> None:
    """Refuse an episode in which a fault kept a command from being run: without it, it would have to be run here."""
    servers = origin.prepared.scenario.world.servers
    for step in trajectory.steps:
        name = step.action.server
        if fired(step) and name in servers and servers[name].kind == "shell" and RAN not in step.notes:
            words = f"{path}: step {step.step_number}: a fault kept {name} from running its command"
            raise BlameError(words, hint="run the scenario without faults instead: --faults calm --engine docker")


@dataclass(slots=True)
class _Trial:
    """The episode, as often as it is played."""

    path: Path
    trajectory: Trajectory
    origin: Origin
    house: House
    script: Agent | None
    """Who plays; None: the recorded calls are made again."""
    plays_max: int
    hits: list[Hit] = field(default_factory=list)
    played: int = 0

    @property
    def left(self) -> int:
        """How often it may still be played."""
        return max(0, self.plays_max - self.played)

    @property
    def is_cut_short(self) -> bool:
        """Whether the recorded calls, which are made again, end where a fault ended the agent or made it give up."""
        last, closing = self.trajectory.steps[-1], self.trajectory.closing
        if self.script is not None or (closing is not None and closing.blame == "agent"):
            return False
        return bool(fired(last)) and is_told_failed(last)

    async def again(self) -> Trajectory:
        """With every fault; finds out which firing hit which step."""
        seen: list[Firing] = []
        ended = await self._play(lambda firing: True, seen, ())
        self.hits = list(_hits(ended, seen))
        return ended

    async def without(self, firings: Sequence[Firing]) -> Outcome | None:
        """The outcome when some firings are kept back."""
        return await self._with({hit.firing for hit in self.hits} - set(firings))

    async def fails_with(self, hits: Sequence[Hit]) -> bool:
        """Whether it fails with these firings alone."""
        return await self._with({hit.firing for hit in hits}) != "success"

    async def _with(self, kept: Collection[Firing]) -> Outcome | None:
        """The outcome with these firings and no others: what would hit whoever gets further never happened."""
        gone = {hit.firing for hit in self.hits} - set(kept)
        return (await self._play(lambda firing: firing in kept, [], gone)).outcome

    def told(
        self, again: Outcome | None, without: Outcome | None, removed: Sequence[Removed] = (),
        smallest: Sequence[Hit] = (), *, by: By = "unclear", why: str = "",
    ) -> Blamed:  # fmt: skip
        """What came of it, in the end."""
        who = self.script.spec if self.script else "the recorded calls"
        return Blamed(who, again, without, removed, smallest, played=self.played, by=by, why=why)

    async def _play(
        self, allowed: Callable[[Firing], bool], seen: list[Firing], gone: Collection[Firing]
    ) -> Trajectory:
        opening = self.trajectory.opening
        agent = self._agent(gone)
        plan = Plan(
            self.origin.prepared, opening.trial, opening.seeds, opening.limits, arm=opening.arm,
            faults=recorded_profiles(opening), sieve=sieve(allowed, seen),
        )  # fmt: skip
        self.played += 1
        return await run_episode(plan, agent, self.house)

    def _agent(self, gone: Collection[Firing]) -> Agent:
        """The script itself where there is one; else the recorded calls, without those that were only made again."""
        if self.script is not None:
            return self.script
        steps = {hit.step for hit in self.hits if hit.firing in gone}
        steps -= {hit.step for hit in self.hits if hit.firing not in gone and not hit.is_wait}
        return ReplayAgent(self.path, without=_made_again(self.trajectory, steps))


def _hits(ended: Trajectory, seen: Sequence[Firing]) -> list[Hit]:
    """The firings that had an effect, each with its step; both are in the order of decisions."""
    found: list[Hit] = []
    rest = iter(seen)
    for step in ended.steps:
        tool = f"{step.action.server}.{step.action.tool}"
        for rule in fired(step):
            firing = next((each for each in rest if (each.rule, each.tool) == (rule["rule"], tool)), None)
            if firing is not None:
                found.append(Hit(firing, step.step_number, str(rule["fault"]), rule["layer"] == "time"))
    return found


def _made_again(trajectory: Trajectory, steps: Collection[int]) -> frozenset[int]:
    """The steps that repeat a write only because it seemed to have failed: who is answered does not ask again."""
    again: set[int] = set()
    for step in trajectory.steps:
        if step.step_number in steps and is_told_failed(step):
            following = (each for each in later(trajectory.steps, step) if same_call(step, each))
            again |= {each.step_number for each in following if any(own_changes(each)) or each.failed}
    return frozenset(again)
