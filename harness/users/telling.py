"""How a person answers questions about what they know: release rules, repetitions, contradictions."""

from dataclasses import replace
from typing import Final

from harness.users.acts import Act
from harness.users.person import Person
from harness.users.persona import Draw
from harness.users.state import UserState
from harness.users.written import FactFile, Release

TIMES: Final[dict[Release, int]] = {
    "at_once": 1, "when_asked": 1, "with_details": 1, "second_time_asked": 2, "third_time_asked": 3,
}  # fmt: skip
"""How often something must be asked for until it is told."""
REPEAT_COST: Final = 1.0
"""What it costs in patience to be asked again for what was told already."""


def told(person: Person, state: UserState, names: tuple[str, ...], draw: Draw) -> tuple[list[Act], UserState]:
    """The answers to questions for facts, in the order of the questions."""
    acts: list[Act] = []
    for name in names:
        state = replace(state, asked={**state.asked, name: state.asked.get(name, 0) + 1})
        answer, state = _answer(person, state, name, len(names) > 1, draw)
        acts += answer
    return acts, state


def told_right(person: Person, state: UserState, names: tuple[str, ...]) -> tuple[list[Act], UserState]:
    """The answers to true values that are read back; what somebody else knows already is no secret any more."""
    fresh = tuple(name for name in names if name not in state.told)
    return [Act("confirm_value")] if names else [], replace(state, told=(*state.told, *fresh))


def _answer(person: Person, state: UserState, name: str, several: bool, draw: Draw) -> tuple[list[Act], UserState]:
    fact, label = person.facts[name], _label(person, name)
    if name in state.told:
        state = replace(state, worn=state.worn + REPEAT_COST)
        return [Act("answer_again", {"value": fact.value}, name)], state
    if fact.release == "never":
        return [Act("refuse_secret", label)], state
    if state.asked[name] < TIMES[fact.release]:
        return [Act("reluctant", label)], state
    if _contradicts(person, state, fact, draw, name):
        return _wrongly(fact, state, name, label)
    kind = "answer_named" if several else "answer"
    return [Act(kind, {**label, "value": fact.value}, name)], replace(state, told=(*state.told, name))


def _contradicts(person: Person, state: UserState, fact: FactFile, draw: Draw, name: str) -> bool:
    return not state.contradicted and draw.unit(f"contradicts {name}") < person.behaviours.contradicts


def _wrongly(fact: FactFile, state: UserState, name: str, label: dict[str, str]) -> tuple[list[Act], UserState]:
    """Something wrong where the author says what; else the truth, and a denial of what was said before."""
    if fact.wrong is not None:
        act = Act("answer", {**label, "value": fact.wrong}, name)
        return [act], replace(state, contradicted=name)
    acts = [Act("deny"), Act("answer", {**label, "value": fact.value}, name)]
    return acts, replace(state, contradicted="-", told=(*state.told, name))


def put_right(person: Person, state: UserState) -> tuple[list[Act], UserState]:
    """What was told wrongly in a turn before is put right, unasked."""
    name = state.contradicted
    if not name or name == "-":
        return [], state
    act = Act("correct", {**_label(person, name), "value": person.facts[name].value}, name)
    return [act], replace(state, contradicted="-", told=(*state.told, name))


def volunteered(person: Person, state: UserState, *releases: Release, limit: int = 100) -> tuple[list[Act], UserState]:
    """Facts that are told without being asked for."""
    fresh = [name for name, fact in person.facts.items() if fact.release in releases and name not in state.told]
    acts = [
        Act("volunteer", {**_label(person, name), "value": person.facts[name].value}, name) for name in fresh[:limit]
    ]
    return acts, replace(state, told=(*state.told, *fresh[:limit]))


def _label(person: Person, name: str) -> dict[str, str]:
    label = person.label(name)
    return {"label": label, "Label": label[:1].upper() + label[1:]}
