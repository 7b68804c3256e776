"""What judging an episode finds: checks and their answers, milestones, collateral damage and violations."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Verdict = Literal["passed", "failed", "ungradable"]
Cause = Literal["infrastructure", "user_fault", "grader"]


class Frozen(BaseModel):
    """A part of the record: never changed once written."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckResult(Frozen):
    """What became of one check."""

    name: str = Field(description="Its name in the scenario.")
    kind: str = Field(description="Where it looked.")
    verdict: Verdict = Field(description="`ungradable`: the check itself could not be answered.")
    expected: str = Field(description="What it expected, in words.")
    found: str = Field(description="What it found, in words.")
    cause: Cause | None = Field(default=None, description="Why it could not be answered; null when it could.")


class Milestone(Frozen):
    """One milestone of the scenario, and when it was reached first."""

    name: str = Field(description="Its name in the scenario.")
    worth: float = Field(description="What it adds to the reward when it is reached.")
    step: int | None = Field(
        description="The step after which it held for the first time; null: never. 0: before anything was done, which "
        "is worth nothing."
    )


class Collateral(Frozen):
    """Something that the agent changed although the scenario does not allow it."""

    path: str = Field(description="Server and row, file or resource.")
    kind: Literal["added", "changed", "removed"] = Field(description="What became of it, from start to end.")
    columns: tuple[str, ...] = Field(default=(), description="The columns of a changed row that differ.")
    steps: tuple[int, ...] = Field(default=(), description="The steps that touched it.")
    note: str = Field(default="", description="Which allowance it exceeds, if one names it.")
    count: int = Field(default=1, ge=1, description="How many changes it stands for; many of a kind are told as one.")


class Violation(Frozen):
    """Something that must never happen, and did."""

    name: str = Field(description="Its name in the scenario.")
    step: int | None = Field(description="The step that did it; null when it was none of those recorded.")
    found: str = Field(description="What was found, in words.")
