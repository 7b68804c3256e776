"""A person as they are played: what a scenario says, its persona, and what ends the dialogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.check import Check
from harness.staging.script import Call
from harness.users.keywords import Ear, keywords
from harness.users.persona import Behaviours, Persona, personas
from harness.users.understanding import Listening
from harness.users.written import FactFile, IntentFile, UserFile


@dataclass(frozen=True, slots=True)
class Person:
    """One user of a scenario; never changed, shared by its episodes."""

    server: str
    """The conversation at whose other end they are."""
    actor: str
    written: UserFile
    done: Sequence[Check] = ()
    """The checks that all hold once the person is content; empty: nothing makes them so."""
    wants: Sequence[Sequence[Check]] = ()
    """The same for the opening's matter, and then for each of the other intents; empty: an answer is enough."""
    deeds: Mapping[str, Sequence[Call]] = field(default_factory=dict)
    """What is called for each thing that the person can do."""
    listening: Listening = field(init=False)
    """What they have an ear for."""
    persona: Persona = field(init=False)
    """How they behave and speak."""
    behaviours: Behaviours = field(init=False)
    """Their habits."""

    def __post_init__(self) -> None:
        """Work out once what follows from what is written."""
        persona = personas.get(self.written.persona)
        object.__setattr__(self, "persona", persona)
        object.__setattr__(self, "behaviours", persona.behaviours.model_copy(update=self.written.behaviours))
        object.__setattr__(self, "listening", _listening(self))

    @property
    def patience(self) -> int:
        """How many messages are borne."""
        return self.persona.patience if self.written.patience is None else self.written.patience

    @property
    def facts(self) -> Mapping[str, FactFile]:
        """What they know."""
        return self.written.facts

    @property
    def intents(self) -> Sequence[IntentFile]:
        """What they want beside the opening."""
        return self.written.intents

    def label(self, fact: str) -> str:
        """What they call something that they know."""
        return self.facts[fact].label or fact.replace("_", " ")

    @property
    def own_texts(self) -> tuple[str, ...]:
        """What the author has them say word for word, facts aside."""
        one = self.written
        deeds = [text for deed in one.can.values() for text in (deed.says, deed.fails)]
        texts = [one.opening, one.vague, one.changes_mind_to, one.closing, *one.demands, *deeds]
        return tuple(text for text in [*texts, *(intent.says for intent in one.intents)] if text)


def _listening(person: Person) -> Listening:
    written = person.written
    facts = {name: keywords(name, person.label(name), fact.asked_by) for name, fact in written.facts.items()}
    return Listening(
        facts,
        {name: fact.value for name, fact in written.facts.items()},
        {label: keywords(label.replace(" ", "_"), label, ()) for label in written.unknown},
        {name: Ear(tuple(word.lower() for word in deed.asked_by)) for name, deed in written.can.items()},
    )
