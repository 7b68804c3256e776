"""Count the agent's calls of a tool with certain arguments, before or after another call."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from harness.check import Evidence, check_kinds
from harness.trajectory import Step
from worlds.expectation import Expectation, Found, Judgement, compiled, judge, same
from worlds.part import Settings


class Which(Settings):
    """Which calls are meant."""

    tool: str = Field(description="`server.tool`, or `server.*` for all tools of a server.", pattern=r"^[^.]+\..+$")
    with_: dict[str, Any] = Field(
        default_factory=dict, alias="with", description="Arguments with their values, or `{matches: pattern}`."
    )
    by: Literal["agent", "user"] = Field(
        default="agent", description="Whose calls: the agent's, or those of people at the other end of conversations."
    )
    failed: bool | None = Field(default=None, description="Only calls that failed (true) or succeeded (false).")

    @field_validator("with_")
    @classmethod
    def _has_good_patterns(cls, value: dict[str, Any]) -> dict[str, Any]:
        for wanted in value.values():
            if _pattern(wanted) is not None:
                compiled(str(_pattern(wanted)))
        return value


def _spelled_out(value: Any) -> Any:
    return {"tool": value} if isinstance(value, str) else value


Other = Annotated[Which, BeforeValidator(_spelled_out, json_schema_input_type=str | Which)]


class Calls(Which):
    """Which calls count."""

    before: Other | None = Field(
        default=None, description="Only calls made while no such other call had been made yet: a tool, or a mapping."
    )
    after: Other | None = Field(
        default=None, description="Only calls made once such another call had been made: a tool, or a mapping."
    )


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

    def tools(self, settings: CallsCheck) -> list[tuple[tuple[str, ...], str]]:
        """The tools whose calls it counts, or compares with."""
        calls = settings.calls
        others = (("before", calls.before), ("after", calls.after))
        named = [(("calls", name, "tool"), other.tool) for name, other in others if other is not None]
        return [(("calls", "tool"), calls.tool), *named]

    def judge(self, settings: CallsCheck, evidence: Evidence) -> Judgement:
        """Count, then compare."""
        return _judged(settings, sum(_counted(settings.calls, evidence.steps)))

    def course(self, settings: CallsCheck, steps: Sequence[Step]) -> list[bool]:
        """Whether it holds before anything is done and after each step."""
        sums = accumulate(_counted(settings.calls, steps), initial=0)
        known: dict[int, bool] = {}
        return [known[count] if count in known else _noted(known, settings, count) for count in sums]


def _judged(settings: CallsCheck, count: int) -> Judgement:
    return judge(settings if settings.expects else Expectation(at_least=1), Found(count))


def _noted(known: dict[int, bool], settings: CallsCheck, count: int) -> bool:
    known[count] = _judged(settings, count).passed
    return known[count]


def _counted(wanted: Calls, steps: Sequence[Step]) -> list[int]:
    """1 for each step that counts, 0 for every other. A call is neither before nor after itself."""
    found, begun, ended = [], wanted.after is None, False
    for step in steps:
        found.append(int(begun and not ended and _is_meant(wanted, step)))
        begun = begun or (wanted.after is not None and _is_meant(wanted.after, step))
        ended = ended or (wanted.before is not None and _is_meant(wanted.before, step))
    return found


def _is_meant(wanted: Which, step: Step) -> bool:
    server, _, tool = wanted.tool.partition(".")
    action = step.action
    if action.server != server or tool not in ("*", action.tool) or step.by_agent is not (wanted.by == "agent"):
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
