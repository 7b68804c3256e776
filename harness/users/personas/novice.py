"""A confused beginner: friendly, slow, and often not sure what is meant."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from harness.users.persona import Behaviours, Persona, personas


@personas.register("novice")
class Novice(Persona):
    """New to all of this and easily confused."""

    about: ClassVar[str] = (
        "New to all of this and easily confused: asks what words mean, writes slowly, and means well."
    )
    patience: ClassVar[int] = 16
    seconds: ClassVar[tuple[float, float]] = (30.0, 120.0)
    letters_a_second: ClassVar[float] = 2.0
    behaviours: ClassVar[Behaviours] = Behaviours(asks_back=0.4)
    phrases: ClassVar[Mapping[str, Sequence[str]]] = {
        "opening_vague": (
            "Hello, I hope I'm in the right place here. Something doesn't work and I don't know what it is.",
            "Hi, sorry to bother you, I'm not very good with computers. I have a problem.",
        ),
        "answer": ("I think it's {value}.", "I hope that's what you mean: {value}.", "It says {value} here."),
        "answer_named": ("The {label}, that should be {value}.", "I think my {label} is {value}."),
        "unknown": ("Oh, where would I find the {label}?", "I'm sorry, I have no idea what the {label} is."),
        "agree": ("If you think that's right, yes please.", "Yes, please do, I trust you."),
        "ask_back": (
            "Sorry, what is that exactly?",
            "I don't know what you mean by that. Can you explain it in simple words?",
            "Is that the thing at the top or at the bottom?",
        ),
        "acknowledge": ("OK, I think I understand.", "Oh, all right."),
        "press": ("And what do I have to do now?", "Sorry, I'm a little lost. What happens next?"),
        "did_plain": ("I think I did it. I pressed the button.", "OK, I tried it, I hope it worked."),
        "thanks": ("Oh, wonderful, thank you so much for your patience!", "Thank you, you are very kind."),
    }
