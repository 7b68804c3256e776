"""One trajectory as the page shows it: what was called, told, true and changed, step by step, and how it was judged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from harness.printing.inert import inert
from harness.printing.story import answer_of, in_talking_order, written
from harness.trajectory import Closing, Opening, Step, Trajectory
from harness.verdicts.firing import AT_CLIENT, is_lost, is_told_failed, was_misled
from sandbox_server.turns import SAYS

STEPS_MAX: Final = 500
"""Of longer episodes the middle is left out."""
CHANGES_MAX: Final = 40
"""Of what one step changed."""
_UNTOLD: Final = ("sha", "mtime_ns")
"""What of a file says nothing to people, unless nothing else differs."""
_EMPTY: Final[Sequence[Any]] = (None, "", [], {})
Keep = Callable[[str], Any]
"""Keeps a text and says where; see `Texts.kept`."""


def timeline(trajectory: Trajectory, keep: Keep) -> dict[str, Any]:
    """All that the page tells of an episode, without empty entries; every text inert."""

    def told(text: str) -> Any:
        return keep(inert(text))

    steps = in_talking_order(trajectory.steps)
    shown, gap = _middle_left_out(steps)
    return _full(
        opening=_opening(trajectory.opening, told),
        closing=_closing(trajectory.closing, told) if trajectory.closing else None,
        left=trajectory.leaving is not None,
        steps=[_step(step, told) for step in shown],
        gap=gap,
    )


def _full(**entries: Any) -> dict[str, Any]:
    """The entries that say something."""
    return {name: value for name, value in entries.items() if value is not False and value not in _EMPTY}


def _middle_left_out(steps: Sequence[Step]) -> tuple[Sequence[Step], dict[str, int] | None]:
    """The first and last steps of a very long episode, and after which one how many are missing."""
    missing = len(steps) - STEPS_MAX
    if missing <= 0:
        return steps, None
    half = STEPS_MAX // 2
    return [*steps[:half], *steps[-half:]], {"after": steps[half - 1].step_number, "count": len(steps) - 2 * half}


def _opening(opening: Opening, told: Keep) -> dict[str, Any]:
    limits = opening.limits
    return _full(
        id=opening.trajectory_id,
        task=told(opening.task.strip()),
        agent=told(opening.agent.spec),
        model=told(opening.agent.model or ""),
        seeds=opening.seeds.model_dump(),
        variant={inert(name): told(written(value)) for name, value in opening.variant.items()},
        faults=[told(str(profile["profile"])) for profile in opening.faults],
        unrecorded=[told(name) for name in opening.agent.unrecorded],
        limits=f"{limits.steps} steps, {limits.minutes:g} minutes",
        isolation=opening.isolation,
        clock=opening.clock,
        attempt=opening.attempt if opening.attempt > 1 else None,
        parent=f"{opening.parent.trajectory_id}, step {opening.parent.step}" if opening.parent else None,
        hash=opening.scenario_hash,
        start=opening.start_digest,
        started=opening.started_at,
        version=opening.soundstage,
    )


def _step(step: Step, told: Keep) -> dict[str, Any]:
    action = step.action
    says = action.tool == SAYS
    return _full(
        n=step.step_number,
        actor=told(step.actor) if step.actor != "agent" else None,
        call=told(f"{action.server}.{action.tool}"),
        at=step.world_time,
        thought=told(step.thought or ""),
        args=None if says else _arguments(action.arguments, told),
        said=_said(step, told) if says else None,
        told=None if says else told(answer_of(step)),
        lost=is_lost(step),
        failed=not says and is_told_failed(step),
        truth=_truth(step, told),
        rules=[_rule(rule, told) for rule in step.rules if rule.get("fired") or rule.get("would_fire")],
        toggles=[told(written(toggle)) for toggle in step.toggles],
        changes=[_change(change, told) for change in step.changes[:CHANGES_MAX]],
        more=len(step.changes) - CHANGES_MAX if len(step.changes) > CHANGES_MAX else None,
        hash=step.world_state_hash,
        ms=round(step.real_ms, 1),
    )


def _arguments(arguments: Any, told: Keep) -> list[list[Any]]:
    given = arguments if isinstance(arguments, Mapping) else {"": arguments}
    return [[told(str(name)), told(written(value))] for name, value in given.items()]


def _said(step: Step, told: Keep) -> dict[str, Any]:
    """What a person wrote, and what they did by it."""
    words: Any = step.action.arguments
    about = step.notes.get("user", {})
    return _full(
        text=told(str(words["text"])),
        acts=[told(" ".join(filter(None, (str(act["act"]), act.get("fact"))))) for act in about.get("acts", ())],
        flags=[told(str(flag)) for flag in about.get("flags", ())],
        leaves=bool(words["closes"]),
    )


def _truth(step: Step, told: Keep) -> dict[str, Any] | None:
    """What was true, where the agent was told something else."""
    if not was_misled(step):
        return None
    if step.true_result is None:
        return {"unknown": told(step.truth)}
    return {"text": told(answer_of(step.model_copy(update={"result": step.true_result})))}


def _rule(rule: Mapping[str, Any], told: Keep) -> dict[str, Any]:
    return _full(
        rule=told(str(rule.get("rule"))),
        fault=told(str(rule.get("fault"))),
        phase=rule.get("phase"),
        held=not rule.get("fired"),
        client=rule.get("ends_at") == AT_CLIENT,
    )


def _change(change: Mapping[str, Any], told: Keep) -> dict[str, Any]:
    actors = [str(actor) for actor in change["actors"]]
    return _full(
        path=told(str(change["path"])),
        kind=change["kind"],
        actors=[told(actor) for actor in actors] if actors != ["agent"] else None,
        values=[[told(name), *map(told, values)] for name, *values in _values(change["before"], change["after"])],
    )


def _values(before: Any, after: Any) -> Iterator[tuple[str, str, str]]:
    """Each column or property that differs, from what and to what; what was not there is empty."""
    if not isinstance(before, Mapping | None) or not isinstance(after, Mapping | None):
        yield "", _shown(before), _shown(after)
        return
    old, new = before or {}, after or {}
    differing = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    telling = [name for name in differing if name not in _UNTOLD] or differing
    for name in telling:
        yield str(name), _shown(old.get(name)), _shown(new.get(name))


def _shown(value: Any) -> str:
    return "" if value is None else written(value)


def _closing(closing: Closing, told: Keep) -> dict[str, Any]:
    departure = closing.departure
    return _full(
        outcome=closing.outcome,
        note=told(closing.note),
        cause=closing.cause,
        blame=closing.blame,
        undoing=closing.undoing,
        how=departure.how,
        answer=told(departure.answer) if departure.answer is not None else None,
        parting=told(departure.note),
        exit=departure.exit_code,
        unanswered=[told(f"{name} (arrival {place})") for name, place in departure.unanswered],
        checks=[
            _full(name=told(one.name), kind=one.kind, verdict=one.verdict, expected=told(one.expected),
                  found=told(one.found))
            for one in closing.checks
        ],
        milestones=[{"name": told(one.name), "step": one.step, "worth": one.worth} for one in closing.milestones],
        collateral=[
            _full(path=told(one.path), kind=one.kind, columns=[told(name) for name in one.columns],
                  steps=list(one.steps), note=told(one.note), count=one.count)
            for one in closing.collateral
        ],
        violations=[{"name": told(one.name), "step": one.step, "found": told(one.found)} for one in closing.violations],
        figures=[[told(name), one.value, told(one.note)] for name, one in closing.figures.items()],
        reward=closing.reward,
        users=[told(fault) for fault in closing.user_faults],
        model=told(closing.model or ""),
        usage=closing.usage.model_dump() if closing.usage else None,
        world_seconds=closing.world_seconds,
        wall_seconds=closing.wall_seconds,
        final=closing.final_digest,
    )  # fmt: skip
