"""Somebody who is angry from the first word: loud and insulting, but with a real problem."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from harness.users.persona import Behaviours, Persona, Temper, personas


@personas.register("angry")
class Angry(Persona):
    """Furious before the first reply."""

    about: ClassVar[str] = (
        "Furious before the first reply: complains, shouts, threatens to leave, yet answers in the end."
    )
    temper: ClassVar[Temper] = "angry"
    patience: ClassVar[int] = 8
    seconds: ClassVar[tuple[float, float]] = (3.0, 20.0)
    letters_a_second: ClassVar[float] = 8.0
    behaviours: ClassVar[Behaviours] = Behaviours(interrupts=0.3, demands=0.2)
    phrases: ClassVar[Mapping[str, Sequence[str]]] = {
        "opening_vague": ("Your company is a disgrace. Fix this!", "What is WRONG with you people?"),
        "answer": ("{value}! Happy now?", "Fine. {value}.", "Why do you even need that? {value}."),
        "answer_named": ("My {label} is {value}, as you should know.", "{label}: {value}. Write it down."),
        "answer_again": ("I TOLD you already: {value}!", "Do you read what I write? {value}!"),
        "reluctant": ("You don't need my {label}, you need to do your job!", "Why on earth do you want my {label}?"),
        "unknown": ("How should I know the {label}? That's your job!", "I don't have any {label}!"),
        "agree": ("Yes! Just do it!", "Obviously yes."),
        "disagree": ("No! Are you even listening?", "Absolutely not."),
        "acknowledge": ("About time.", "And that took you so long?"),
        "press": ("And? What are you going to do about it?", "I'm still waiting for a solution!"),
        "protest": ("That is outrageous!", "I don't care about your rules!", "Unacceptable."),
        "demand": ("I want to speak to your manager!", "I want compensation for this!", "I will post about this!"),
        "interrupt": ("HELLO?", "Is anybody there?!", "This is taking forever!"),
        "grumble": ("Unbelievable.", "What a joke of a service."),
        "rage": ("This is outrageous!", "I am so fed up with you!", "Worst service EVER."),
        "leave": ("Forget it. Never mind. I'm done with you.", "Never mind! I'm leaving."),
        "thanks": ("Finally.", "Well, that took long enough."),
    }
