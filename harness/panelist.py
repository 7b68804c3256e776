"""The contract of a member of the panel that tries a scenario: agents that must pass or fail it. One file each."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Protocol

from harness.acting.fate import FateUnknown
from harness.agent import Assignment
from harness.agents.script import Player
from harness.scenario import Scenario
from harness.staging.prepared import Prepared
from harness.staging.script import Call, Script, ScriptFailed, Wait
from harness.trajectory import Departure, Isolation, Trajectory
from worlds.clock import Mode
from worlds.registry import Registry

Part = Callable[["Stand"], Coroutine[Any, Any, None]]
"""What a member does in an episode."""
ORDER: Final = ("reference", "nothing", "vandal", "chatter", "quitter")
"""How the members of the house sit; others follow."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a member knows beforehand."""

    prepared: Prepared
    reference: Trajectory | None = None
    """How the reference went; None where there is none, or before it was played."""

    @property
    def scenario(self) -> Scenario:
        """The scenario that is tried."""
        return self.prepared.scenario

    def touched(self, path: str) -> bool:
        """Whether the reference changes a thing, or something in a table."""
        steps = self.reference.steps if self.reference else ()
        paths = [change["path"] for step in steps for change in step.changes]
        return any(changed == path or changed.startswith(f"{path}[") for changed in paths)


class Stand:
    """Where a member acts: it plays lines, and leaves an answer."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.player = Player(assignment.client, assignment.client)
        self.answer: str | None = None
        self.done = True
        """Whether it could do what it meant to do."""

    @property
    def digest(self) -> bytes:
        """What the world is like now."""
        return self.assignment.client.episode.digest

    async def play(self, script: Script) -> None:
        """Play lines. Raises ScriptFailed."""
        for line in script:
            await self.player.play(line)
        self.answer = self.player.said


class PanelAgent:
    """A member of the panel as an agent of one episode."""

    kind = "panel"
    clock: Mode = "virtual"
    where: Literal["process", "outside"] = "process"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()

    def __init__(self, name: str, part: Part, words: str = "") -> None:
        self.spec = f"panel:{name}"
        self.words = words
        """What it does, where a member does different things in different episodes."""
        self.done = False
        """Whether it did what it was to do."""
        self._part = part

    def check(self, scenario: Scenario) -> None:
        """Nothing: whether it can play was decided before."""

    async def act(self, assignment: Assignment) -> Departure:
        """Play the part; a line that goes differently from what it says ends it."""
        stand = Stand(assignment)
        try:
            await self._part(stand)
        except (ScriptFailed, FateUnknown) as error:
            return Departure(how="finished", answer=stand.player.said, exit_code=1, note=str(error))
        self.done = stand.done
        return Departure(how="finished", answer=stand.answer)


class Panelist(Protocol):
    """One member of the panel."""

    expected: ClassVar[Literal["success", "failure"]]
    title: ClassVar[str]
    """What it is called in tables."""

    def agents(self, scene: Scene) -> Sequence[PanelAgent]:
        """Whom to let play, one episode each; nobody where the scenario gives the member nothing to do."""
        ...


panelists: Registry[Panelist] = Registry("soundstage.panelists", "harness.panelists")
"""Names of members to how they play."""


def panel() -> list[tuple[str, Panelist]]:
    """All members in the order in which they sit."""
    return sorted(panelists, key=lambda pair: (ORDER.index(pair[0]) if pair[0] in ORDER else len(ORDER), pair[0]))


def calls_of(script: Script) -> list[Call]:
    """The calls of a script."""
    return [line for line in script if isinstance(line, Call)]


def without_words(script: Script) -> Script:
    """A script's calls and waits."""
    return tuple(line for line in script if isinstance(line, Call | Wait))
