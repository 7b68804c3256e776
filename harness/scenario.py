"""The scenario: a task in a world, what counts as success, and a script that proves it can be solved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import Field

from fault_injection.profile import Profile
from harness.check import Check
from harness.staging.guard import Guard, GuardFile
from harness.staging.happening import EventFile, Happening
from harness.staging.judge import JudgeFile
from harness.staging.milestone import Station
from harness.staging.reward import RewardFile
from harness.staging.script import Script
from harness.trajectory import Limits
from harness.users.person import Person
from harness.users.written import UserFile
from worlds.part import Settings
from worlds.worldfile import WorldPlan
from worlds.yamlfile import Document

NAME: Final = r"^[a-z0-9][a-z0-9_.-]*$"


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
    params: dict[str, Any] = Field(
        default_factory=dict,
        description="Parameter to a value or a list of values; each combination is a variant. `${name}` stands for "
        "the value everywhere below.",
    )
    task: str = Field(description="What the agent is asked, word for word.", min_length=1)
    world: str | dict[str, Any] = Field(
        description="A world's name or path, a whole world, or a `base` and changes `with` which it is used."
    )
    success: dict[str, dict[str, Any]] = Field(
        description="Name of a check to where it looks and what it expects; all must pass.", min_length=1
    )
    limits: Limits = Field(default=Limits(), description="When the episode is ended from outside.")
    events: list[EventFile] = Field(default_factory=list, description="What happens, whatever the agent does.")
    faults: str | list[str | dict[str, Any]] = Field(
        default_factory=list,
        description="What goes wrong: a profile's name or path, several as `a+b`, or a list of them and of rules.",
    )
    reference: list[dict[str, Any]] = Field(default_factory=list, description="A script that solves the task.")
    seeds: SeedsFile = Field(default=SeedsFile(), description="Seeds that are pinned.")
    guard: GuardFile | None = Field(default=None, description="What the agent may change, and what must never happen.")
    milestones: list[dict[str, Any]] = Field(
        default_factory=list, description="Stations on the way: a `name`, one check, and what it is `worth`."
    )
    reward: RewardFile = Field(default=RewardFile(), description="How the scores become one figure.")
    judge: JudgeFile | None = Field(default=None, description="A rubric by which a model judges the quality.")
    users: dict[str, UserFile] = Field(
        default_factory=dict, description="Who is at the other end of conversations, by server of kind user."
    )
    workdir: str | None = Field(
        default=None, description="A file server whose tree becomes the agent's working directory."
    )


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked scenario (one variant of it where it has parameters): enough to run it as often as one likes."""

    name: str
    """Its template's name, and the variant in brackets: `refund[amount=4990]`."""
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
    labels: Mapping[str, str] = field(default_factory=dict)
    """How the name spells those values."""
    guard: Guard = field(default_factory=Guard)
    milestones: Sequence[Station] = ()
    events: Sequence[Happening] = ()
    reward: RewardFile = field(default_factory=RewardFile)
    judge: JudgeFile | None = None
    workdir: str | None = None
    faults: Sequence[Profile] = ()
    """What goes wrong, unless a run says otherwise."""
    users: Sequence[Person] = ()
    """Who is at the other end of conversations."""

    @property
    def file(self) -> str:
        """The file it was read from."""
        return self.document.file


def is_scenario(data: Any) -> bool:
    """Whether a YAML document wants to be a scenario (rather than a world, or something else)."""
    return isinstance(data, dict) and ("task" in data or "success" in data or "scenario" in data)
