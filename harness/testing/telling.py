"""What happened in an episode, in plain text, for whoever reads why a test failed."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from rich.text import Text

from harness.printing.change import change_line
from harness.printing.inert import inert
from harness.printing.story import answer_of, cut, written
from harness.trajectory import Step
from harness.verdicts.firing import fired
from harness.verdicts.live_verdict import Verdict

if TYPE_CHECKING:
    from harness.testing.stage import Stage

_STEPS_MAX: Final = 8
_CHANGES_MAX: Final = 20
_TEXT_MAX: Final = 200
_MARKS: Final = {"passed": "✓", "failed": "✗"}


def told_verdict(stage: "Stage", verdict: Verdict, answer: str | None) -> str:
    """Why an agent did not succeed: the checks, what it should not have done, what changed, and the last calls."""
    note = f" ({verdict.note})" if verdict.note else ""
    said = "none was given" if answer is None else repr(cut(answer, _TEXT_MAX))
    parts = [
        [f"{stage.name}: {verdict.outcome}{note}"],
        _checks(verdict),
        _harm(verdict),
        ["", "The agent's answer:", f"  {said}"],
        ["", "What changed since the start:", *(_changes(stage) or ["  nothing"])],
        ["", f"The last of {len(stage.steps)} calls:", *(_calls(stage.steps[-_STEPS_MAX:]) or ["  none"])],
        ["", f"World seed {stage.episode.seed}; faults in force: {', '.join(stage.faults.profiles) or 'none'}"],
    ]
    return inert("\n".join(line for part in parts for line in part))


def told_story(stage: "Stage") -> str:
    """Every call of an episode."""
    return inert("\n".join(_calls(stage.steps) or ["nothing"]))


def _checks(verdict: Verdict) -> list[str]:
    told = []
    for check in verdict.checks:
        expected = f": expected {check.expected}, found {check.found}" if check.verdict != "passed" else ""
        told.append(f"  {_MARKS.get(check.verdict, '?')} {check.name}{expected}")
    return told


def _harm(verdict: Verdict) -> Iterator[str]:
    for violation in verdict.violations:
        yield f"  ✗ must never happen: {violation.name} (step {violation.step}): {violation.found}"
    for each in verdict.collateral:
        yield f"  ✗ may not be {each.kind}: {each.path}{f' ({each.note})' if each.note else ''}"


def _changes(stage: "Stage") -> list[str]:
    changes = stage.diff()
    told = [f"  {_plain(change_line(change.to_json()))}" for change in changes[:_CHANGES_MAX]]
    more = len(changes) - len(told)
    return [*told, f"  … and {more} more"] if more else told


def _calls(steps: Iterable[Step]) -> list[str]:
    return [line for step in steps for line in _call(step)]


def _call(step: Step) -> Iterator[str]:
    who = "" if step.by_agent else f" by {step.actor}"
    given = cut(written(step.action.arguments), _TEXT_MAX)
    yield f"  {step.step_number:>3}  {step.action.server}.{step.action.tool}{who} {given}"
    yield f"       {'✗' if step.failed else '→'} {cut(answer_of(step), _TEXT_MAX)}"
    for rule in fired(step):
        yield f"       fault: {rule.get('rule')}"
    for change in step.changes[:_CHANGES_MAX]:
        yield f"       {_plain(change_line(change))}"


def _plain(markup: str) -> str:
    """A line of markup without its styles."""
    return Text.from_markup(markup, emoji=False).plain
