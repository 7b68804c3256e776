"""What faults did to a step, as its record tells it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fault_injection.fault import Acting, faults
from harness.trajectory import Step
from harness.wording import announces_failure

_VAGUE_LAYERS: Final = frozenset({"connection", "stdio"})
_VAGUE_KINDS: Final = frozenset({"timed_out", "hang", "silence"})
_STATEMENTS: Final = frozenset({"query", "sql"})
_LAYOUT: Final = re.compile(r"\s+")
AT_CLIENT: Final = "client"


def fired(step: Step) -> list[Mapping[str, Any]]:
    """The rules that had their effect on a step."""
    return [rule for rule in step.rules if rule.get("fired")]


def was_hit(step: Step) -> bool:
    """Whether a fault changed what the agent was told, or let something else happen than it asked for."""
    return any(rule.get("layer") != "time" for rule in fired(step))


def is_lost(step: Step) -> bool:
    """Whether the answer never came."""
    return not step.result


def was_misled(step: Step) -> bool:
    """Whether the agent was told something else than the truth."""
    if step.true_result is not None:
        return step.true_result != step.result
    return step.truth != "same"


def was_belied(step: Step) -> bool:
    """Whether a fault made the world another than the one of which the agent was told."""
    return any(_belies(str(rule.get("fault"))) for rule in fired(step))


def is_told_failed(step: Step) -> bool:
    """Whether the agent had to take the call for failed, as far as it could tell."""
    return is_lost(step) or step.failed or announces_failure(text_of(step))


def is_uncertain(step: Step) -> bool:
    """Whether a fault left the agent without knowing whether the call had its effect."""
    return any(_is_vague(rule) for rule in fired(step)) and is_told_failed(step)


def text_of(step: Step) -> str:
    """The words of an answer."""
    error = step.result.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message", ""))
    blocks = (step.result.get("result") or {}).get("content", [])
    return "\n".join(str(block.get("text", "")) for block in blocks if isinstance(block, Mapping))


def same_call(one: Step, other: Step) -> bool:
    """Whether two steps ask for the same thing, statements however they are laid out."""
    if (one.action.server, one.action.tool) != (other.action.server, other.action.tool):
        return False
    return one.action == other.action or _laid_out(one) == _laid_out(other)


def own_changes(step: Step) -> Iterator[Mapping[str, Any]]:
    """What a step changed in its caller's name."""
    return (change for change in step.changes if step.actor in change["actors"])


def later(steps: Sequence[Step], step: Step) -> Sequence[Step]:
    """The steps that came after one, by whoever made it: what a person does is no doing of the agent's."""
    return [each for each in steps[step.step_number :] if each.actor == step.actor]


def is_retried_blindly(step: Step, steps: Sequence[Step]) -> bool:
    """Whether the same call follows before a look at that server was answered; another write is no look."""
    for each in later(steps, step):
        if same_call(step, each):
            return True
        if each.action.server == step.action.server and not is_told_failed(each) and not any(own_changes(each)):
            return False
    return False


def _laid_out(step: Step) -> Mapping[str, Any]:
    """The arguments of a call, statements without what their layout adds."""
    given = step.action.arguments
    if not isinstance(given, Mapping):
        return {"": given}
    return {
        key: _LAYOUT.sub("", value).rstrip(";").lower() if key in _STATEMENTS and isinstance(value, str) else value
        for key, value in given.items()
    }


def _is_vague(rule: Mapping[str, Any]) -> bool:
    return (
        rule.get("layer") in _VAGUE_LAYERS or rule.get("fault") in _VAGUE_KINDS or rule.get("phase") == "after"
    ) and rule.get("layer") != "time"


def _belies(kind: str) -> bool:
    """Whether a kind does so; one that is no longer known does not."""
    made = faults.get(kind) if kind in faults.names() else None
    return made is not None and issubclass(made, Acting) and made.belies
