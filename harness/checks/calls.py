"""Count the agent's calls of a tool with certain arguments."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from harness.check import Evidence, check_kinds
from harness.expectation import Expectation, Found, Judgement, compiled, judge, same
from harness.trajectory import Step
from worlds.part import Settings


class Calls(Settings):
    """Which calls count."""

    tool: str = Field(description="`server.tool`, or `server.*` for all tools of a server.", pattern=r"^[^.]+\..+$")
    with_: dict[str, Any] = Field(
        default_factory=dict, alias="with", description="Arguments with their values, or `{matches: pattern}`."
    )
    failed: bool | None = Field(default=None, description="Only calls that failed (true) or succeeded (false).")

    @field_validator("with_")
    @classmethod
    def _has_good_patterns(cls, value: dict[str, Any]) -> dict[str, Any]:
        for wanted in value.values():
            if _pattern(wanted) is not None:
                compiled(str(_pattern(wanted)))
        return value


class CallsCheck(Expectation):
    """How often such calls were made; without an expectation, at least once."""

    calls: Calls = Field(description="Which calls count.")

    @model_validator(mode="after")
    def _counts_only(self) -> Self:
        if self.expects & {"matches", "rows"}:
            raise ValueError("a number of calls is compared by is, at_least, at_most or approx")
        return self


@check_kinds.register("calls")
class CallsKind:
    """Counts steps of the trajectory."""

    Settings: ClassVar[type[Settings]] = CallsCheck

    def judge(self, settings: CallsCheck, evidence: Evidence) -> Judgement:
        """Count, then compare."""
        count = sum(_counts(settings.calls, step) for step in evidence.steps)
        expected = settings if settings.expects else Expectation(at_least=1)
        return judge(expected, Found(count))


def _counts(wanted: Calls, step: Step) -> bool:
    server, _, tool = wanted.tool.partition(".")
    action = step.action
    if action.server != server or tool not in ("*", action.tool):
        return False
    if wanted.failed is not None and step.failed is not wanted.failed:
        return False
    given = action.arguments if isinstance(action.arguments, Mapping) else {}
    return all(key in given and _fits(value, given[key]) for key, value in wanted.with_.items())


def _fits(wanted: Any, given: Any) -> bool:
    pattern = _pattern(wanted)
    return same(wanted, given) if pattern is None else bool(compiled(pattern).search(str(given)))


def _pattern(wanted: Any) -> str | None:
    """The pattern of `{matches: pattern}`; None for a plain value."""
    return str(wanted["matches"]) if isinstance(wanted, Mapping) and set(wanted) == {"matches"} else None
