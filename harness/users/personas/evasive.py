"""Somebody who answers something else than what was asked."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from harness.users.persona import Behaviours, Persona, personas


@personas.register("evasive")
class Evasive(Persona):
    """Answers beside the point."""

    about: ClassVar[str] = "Answers beside the point: talks about something else first, and answers when asked again."
    patience: ClassVar[int] = 14
    seconds: ClassVar[tuple[float, float]] = (10.0, 60.0)
    behaviours: ClassVar[Behaviours] = Behaviours(answers_else=0.7)
    phrases: ClassVar[Mapping[str, Sequence[str]]] = {
        "digress": (
            "You know, my neighbour had the very same trouble.",
            "I had that on my mind all morning, and then the doorbell rang.",
            "Is the weather as bad at your place?",
            "I used to work in a shop myself, so I know how it is.",
            "My cat just walked over the keyboard, sorry.",
        ),
        "acknowledge": ("Interesting.", "Is that so. Well."),
    }
