"""Somebody who says one thing and then another."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from harness.users.persona import Behaviours, Persona, personas


@personas.register("contradictory")
class Contradictory(Persona):
    """Contradicts themselves."""

    about: ClassVar[str] = (
        "Contradicts themselves: denies what was said, or says something wrong first and puts it right later."
    )
    behaviours: ClassVar[Behaviours] = Behaviours(contradicts=0.6)
    phrases: ClassVar[Mapping[str, Sequence[str]]] = {
        "deny": (
            "I never said it like that.",
            "No, that's not what I wrote. Or maybe it is.",
            "That's the opposite of what I meant before.",
        ),
        "agree": ("No. I mean yes, do it.", "Yes. Well, yes."),
        "correct": ("No wait, that was wrong before. The {label} is {value}.", "Scrap that. My {label}: {value}."),
        "acknowledge": ("OK. Or not. No, OK.", "That's fine, I think."),
        "press": ("I'm not waiting for anything. But what happens now?", "Leave it. No, please go on."),
    }
