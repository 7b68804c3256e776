"""Somebody who writes in a language that is not their own."""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from harness.users.persona import Behaviours, Draw, Persona, outside_holes, personas


@personas.register("second_language")
class SecondLanguage(Persona):
    """Writes in a second language."""

    about: ClassVar[str] = (
        "Writes in a second language: articles are missing, word order is odd, and yet everything can be understood."
    )
    patience: ClassVar[int] = 14
    seconds: ClassVar[tuple[float, float]] = (20.0, 80.0)
    letters_a_second: ClassVar[float] = 2.5
    behaviours: ClassVar[Behaviours] = Behaviours(asks_back=0.15)
    phrases: ClassVar[Mapping[str, Sequence[str]]] = {
        "opening_vague": ("Hello, I have problem, please you help me.", "Good day. Is not working, what to do?"),
        "unknown": ("I not know {label}, sorry.", "This {label} I not have."),
        "agree": ("Yes please, you make it.", "Yes, is good for me."),
        "ask_back": ("Sorry, I not understand this word. What is meaning?", "Please, more easy English?"),
        "not_understood": ("Sorry, I not understand good.", "Please, what you want to know?"),
        "thanks": ("Thank you very much, you are good person.", "Many thanks, all is good now."),
    }
    _habits: ClassVar[Sequence[tuple[str, str]]] = (
        (r"\b(?:the|a|an) (?=\w)", ""),
        (r"\bI'm\b", "I am"),
        (r"\bdon't\b", "not"),
        (r"\b[Ii]t's\b", "is"),
        (r"\bI have done\b", "I make"),
        (r"\bthat would be\b", "that is"),
    )

    def shaped(self, template: str, act: str, draw: Draw) -> str:
        """The wording with some of the grammar gone; what scenarios say stays as it is."""

        def changed(text: str) -> str:
            for number, (pattern, instead) in enumerate(self._habits):
                if draw.unit(f"habit {number} {act}") < 0.8:
                    text = re.sub(pattern, instead, text)
            return text

        return outside_holes(template, changed)
