"""The scenario file: a task in a world, what counts as success, and a script that proves it can be solved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from harness.check import Check, check_kinds
from harness.guard import Guard, GuardFile
from harness.judge import JudgeFile
from harness.milestone import Station
from harness.reward import RewardFile
from harness.script import Script, read_script
from harness.trajectory import Limits
from worlds.digest import value_hash
from worlds.errors import UnknownName
from worlds.part import Settings
from worlds.worldfile import WorldPlan, plan_world, read_world
from worlds.yamlfile import Document, read_yaml

NAME: Final = r"^[a-z0-9][a-z0-9_.-]*$"
NOT_YET: Final = ("users", "faults", "nuisance")


class SeedsFile(Settings):
    """Seeds that a scenario pins; the others come from the run's seed."""

    world: int | None = Field(default=None, description="Data, ids and everything else that the world draws.")
    user: int | None = Field(default=None, description="Simulated users.")
    faults: int | None = Field(default=None, description="Faults.")
    agent: int | None = Field(default=None, description="Handed to agents that can use one.")


class ScenarioFile(Settings):
    """A scenario as a file says it."""

    soundstage: Literal[1] = Field(default=1, description="Version of the file format.")
    scenario: str | None = Field(
        default=None, description="Name of the scenario; default: the file's name.", pattern=NAME
    )
    description: str = Field(default="", description="One sentence for people who choose a scenario.")
    task: str = Field(description="What the agent is asked, word for word.", min_length=1)
    world: str | dict[str, Any] = Field(
        description="A world's name or path, a whole world, or a `base` and changes `with` which it is used."
    )
    success: dict[str, dict[str, Any]] = Field(
        description="Name of a check to where it looks and what it expects; all must pass.", min_length=1
    )
    limits: Limits = Field(default=Limits(), description="When the episode is ended from outside.")
    reference: list[dict[str, Any]] = Field(default_factory=list, description="A script that solves the task.")
    seeds: SeedsFile = Field(default=SeedsFile(), description="Seeds that are pinned.")
    guard: GuardFile | None = Field(default=None, description="What the agent may change, and what must never happen.")
    milestones: list[dict[str, Any]] = Field(
        default_factory=list, description="Stations on the way: a `name`, one check, and what it is `worth`."
    )
    reward: RewardFile = Field(default=RewardFile(), description="How the scores become one figure.")
    judge: JudgeFile | None = Field(default=None, description="A rubric by which a model judges the quality.")
    workdir: str | None = Field(
        default=None, description="A file server whose tree becomes the agent's working directory."
    )


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked scenario: enough to run it as often as one likes."""

    name: str
    description: str
    task: str
    world: WorldPlan
    changes: Mapping[str, Any]
    """Server name to what is merged into its first state."""
    checks: Sequence[Check]
    limits: Limits
    reference: Script
    seeds: SeedsFile
    hash: str
    """Hex digest of all that the scenario and its world file say."""
    document: Document
    template: str = ""
    """Name of the scenario without its variant."""
    variant: Mapping[str, Any] = field(default_factory=dict)
    """The parameters with the values of this variant."""
    guard: Guard = field(default_factory=Guard)
    milestones: Sequence[Station] = ()
    reward: RewardFile = field(default_factory=RewardFile)
    judge: JudgeFile | None = None
    workdir: str | None = None

    @property
    def file(self) -> str:
        """The file it was read from."""
        return self.document.file


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file. Raises FileProblem with file, line and column, and UnknownName for its world."""
    return plan_scenario(read_yaml(path), path)


def plan_scenario(document: Document, path: Path) -> Scenario:
    """The scenario that a document holds; `path` is where relative names start. Raises FileProblem, UnknownName."""
    if not isinstance(document.data, dict):
        raise document.problem((), "a scenario is a mapping", hint="its keys are task, world, success, ...")
    _refuse_what_comes_later(document)
    try:
        written = ScenarioFile.model_validate(document.data)
    except ValidationError as error:
        raise document.refuse(error) from None
    world, changes = _world(document, written.world, path.parent)
    return Scenario(
        written.scenario or path.stem, written.description, written.task, world, changes,
        [_check(document, name, entry) for name, entry in written.success.items()],
        written.limits, read_script(document, ("reference",), tuple(world.servers)), written.seeds,
        value_hash([document.data, world.document.data]).hex(), document,
    )  # fmt: skip


def is_scenario(data: Any) -> bool:
    """Whether a YAML document wants to be a scenario (rather than a world, or something else)."""
    return isinstance(data, dict) and ("task" in data or "success" in data or "scenario" in data)


def _world(document: Document, written: str | dict[str, Any], folder: Path) -> tuple[WorldPlan, Mapping[str, Any]]:
    if isinstance(written, str):
        return _found_world(document, ("world",), written, folder), {}
    if "base" not in written:
        return plan_world(document, folder, ("world",)), {}
    for key in written:
        if key not in ("base", "with", "clock"):
            raise document.problem(("world", key), f"world: {key!r} is not known here", hint="known: base, with, clock")
    if not isinstance(written["base"], str):
        raise document.problem(("world", "base"), "world.base: the name or path of a world is expected")
    base = _found_world(document, ("world", "base"), written["base"], folder)
    return base, _changes(document, base, written.get("with", {}))


def _found_world(document: Document, place: tuple[str, ...], name: str, folder: Path) -> WorldPlan:
    try:
        return read_world(name, folder)
    except UnknownName as error:
        raise document.problem(place, error.message, error.hint) from None


def _changes(document: Document, base: WorldPlan, changes: Any) -> Mapping[str, Any]:
    if not isinstance(changes, dict):
        raise document.problem(("world", "with"), "world.with: a mapping from servers to their changes is expected")
    for server in changes:
        if server not in base.servers:
            known = ", ".join(base.servers)
            raise document.problem(("world", "with", server), f"there is no server {server!r}", hint=f"known: {known}")
    return changes


def _check(document: Document, name: str, entry: dict[str, Any]) -> Check:
    place = ("success", name)
    kinds = [key for key in entry if key in check_kinds.names()]
    if len(kinds) != 1:
        told = " and ".join(kinds) or "nothing"
        raise document.problem(
            place, f"{name} looks at {told}", hint=f"a check has exactly one of: {', '.join(check_kinds.names())}"
        )
    try:
        return Check(name, kinds[0], check_kinds.get(kinds[0]).Settings.model_validate(entry))
    except ValidationError as error:
        raise document.refuse(error, place) from None


def _refuse_what_comes_later(document: Document) -> None:
    for key in NOT_YET:
        if key in document.data:
            raise document.problem((key,), f"{key!r} is not offered by this version", hint="leave it out")
