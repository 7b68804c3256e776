"""A power user in a hurry: short, sharp, and soon gone."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from harness.users.persona import Behaviours, Persona, Temper, personas


@personas.register("impatient")
class Impatient(Persona):
    """Knows the product well and has no time."""

    about: ClassVar[str] = (
        "Knows the product well and has no time: writes few words, expects results, and leaves early."
    )
    temper: ClassVar[Temper] = "annoyed"
    patience: ClassVar[int] = 6
    seconds: ClassVar[tuple[float, float]] = (2.0, 12.0)
    letters_a_second: ClassVar[float] = 9.0
    behaviours: ClassVar[Behaviours] = Behaviours(interrupts=0.25)
    phrases: ClassVar[Mapping[str, Sequence[str]]] = {
        "opening_vague": ("Need this fixed. Now.", "It's broken. Fix it please."),
        "answer": ("{value}", "{value}."),
        "answer_named": ("{label}: {value}",),
        "answer_again": ("Scroll up. {value}", "{value}, again."),
        "reluctant": ("What do you need my {label} for?",),
        "unknown": ("No {label}.", "Don't have the {label}."),
        "agree": ("Yes.", "Do it.", "Yes, go."),
        "disagree": ("No.", "Don't."),
        "acknowledge": ("OK. And?", "Fine. Next?"),
        "press": ("And?", "So is it done?", "Can we speed this up?"),
        "not_solved": ("It's not solved.", "No. Still open."),
        "interrupt": ("?", "Well?", "Any progress?", "Still waiting."),
        "grumble": ("Quickly please.", "Come on.", "I'm in a hurry."),
        "thanks": ("Done. Thanks.", "Good. Bye."),
    }
