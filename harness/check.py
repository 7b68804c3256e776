"""The contract of a check: it looks at one place of what an episode left behind. One file per kind in `checks/`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from harness.errors import HarnessError
from harness.findings import Cause, CheckResult, Verdict
from harness.trajectory import Step
from worlds.expectation import Judgement
from worlds.part import Settings
from worlds.registry import Registry
from worlds.world import World


class Ungradable(HarnessError):
    """A check that cannot be answered, through no fault of the agent."""

    code = "ungradable"
    cause: Cause = "grader"
    """`infrastructure` where this machine lacks something, rather than the check being wrong."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an episode left behind. The worlds are forks that nobody changes and that no agent can reach."""

    first: World
    final: World
    steps: Sequence[Step] = ()
    answer: str | None = None
    """The agent's final answer; None when it gave none."""
    at: Callable[[int], World] | None = None
    """The world after a step, by its number (0: the start); raises NotFound. None where the steps are not kept."""
    folder: Path | None = None
    """Where the scenario's file lies: names of files in checks are relative to it."""


class CheckKind(Protocol):
    """How checks of one kind are answered; its name is the key that says where they look."""

    Settings: ClassVar[type[Settings]]

    def judge(self, settings: Any, evidence: Evidence) -> Judgement:
        """Look, and compare with what is expected.

        Raises Ungradable when the check itself is wrong. What an agent did wrong, a dropped table included, fails
        the check and raises nothing.
        """
        ...


@runtime_checkable
class Grouped(Protocol):
    """A kind of check of which several cost less when they are answered together."""

    def judge_all(self, settings: Sequence[Any], evidence: Evidence) -> list[Judgement | Ungradable]:
        """What `judge` would say of each, in order; raises nothing."""
        ...


@runtime_checkable
class Bringing(Protocol):
    """A kind of check that brings files along from beside the scenario: what they say is part of the scenario."""

    def brought(self, settings: Any) -> Sequence[str]:
        """The names of files and folders."""
        ...


@runtime_checkable
class Naming(Protocol):
    """A kind of check that names tools, which are looked up before anything is run."""

    def tools(self, settings: Any) -> Sequence[tuple[tuple[str, ...], str]]:
        """Each `server.tool` that it names, behind where it stands in the check's entry."""
        ...


check_kinds: Registry[CheckKind] = Registry("soundstage.checks", "harness.checks")
"""Where checks can look (`sql`, `file`, `said`, `calls`, ...) to how."""


@dataclass(frozen=True, slots=True)
class Check:
    """One named criterion of a scenario."""

    name: str
    kind: str
    settings: Settings

    def evaluate(self, evidence: Evidence) -> CheckResult:
        """The check's result; never raises for what the check or the agent did wrong."""
        try:
            return self.told(check_kinds.get(self.kind).judge(self.settings, evidence))
        except Ungradable as error:
            return self.told(error)

    def told(self, judged: Judgement | Ungradable) -> CheckResult:
        """What was found, under the check's name."""
        if isinstance(judged, Ungradable):
            return CheckResult(
                name=self.name, kind=self.kind, verdict="ungradable", expected="", found=str(judged), cause=judged.cause
            )
        verdict: Verdict = "passed" if judged.passed else "failed"
        return CheckResult(
            name=self.name, kind=self.kind, verdict=verdict, expected=judged.expected, found=judged.found
        )


def evaluate(checks: Sequence[Check], evidence: Evidence) -> list[CheckResult]:
    """The results of all checks; blocks for milliseconds, so call it in a thread where others wait."""
    kinds = {check.kind for check in checks}
    known: dict[int, CheckResult] = {}
    for name in kinds:
        kind = check_kinds.get(name)
        alike = [check for check in checks if check.kind == name and type(check) is Check]
        if isinstance(kind, Grouped) and len(alike) > 1:
            judged = kind.judge_all([check.settings for check in alike], evidence)
            known |= {id(check): check.told(each) for check, each in zip(alike, judged, strict=True)}
    return [known[id(check)] if id(check) in known else check.evaluate(evidence) for check in checks]
