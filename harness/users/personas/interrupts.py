"""Somebody who writes again before the answer is there."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from harness.users.persona import Behaviours, Persona, personas


@personas.register("interrupts")
class Interrupts(Persona):
    """Cannot wait."""

    about: ClassVar[str] = "Cannot wait: sends one more message before the agent has answered the last one."
    seconds: ClassVar[tuple[float, float]] = (2.0, 15.0)
    letters_a_second: ClassVar[float] = 8.0
    behaviours: ClassVar[Behaviours] = Behaviours(interrupts=0.9)
    phrases: ClassVar[Mapping[str, Sequence[str]]] = {
        "interrupt": (
            "Are you still there?",
            "Oh, and can you tell me how long this will take?",
            "Hello? Did you get my message?",
            "Sorry, one more thing: please send me something in writing.",
            "I'm still here, by the way.",
        ),
    }
