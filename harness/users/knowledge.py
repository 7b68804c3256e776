"""What a person may say in a turn, for the gate."""

from collections.abc import Iterable
from functools import cache

from harness.users.acts import Decision
from harness.users.leaks import Known, words_of
from harness.users.person import Person
from harness.users.persona import personas
from harness.users.phrases import PHRASES


def known_in(person: Person, decision: Decision, heard: Iterable[str]) -> Known:
    """What may be said once a turn was decided: released facts, what the author wrote, and what was heard."""
    facts, told = person.facts, decision.state.told
    slots = [value for act in decision.acts for value in act.slots.values()]
    labels = [person.label(name) for name in facts]
    allowed = [*heard, *slots, *(facts[name].value for name in told), *person.own_texts, *labels]
    withheld = [fact.value for name, fact in facts.items() if name not in told]
    return Known([*allowed, *person.written.unknown], withheld, _usual(person.written.persona))


@cache
def _usual(persona: str) -> frozenset[str]:
    """The words of all templates that a persona uses."""
    usual = [text for texts in PHRASES.values() for text in texts]
    return words_of(" ".join([*usual, *personas.get(persona).texts()]))
