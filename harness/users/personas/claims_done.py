"""Somebody who claims to have done what they were asked to, without having tried."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from harness.users.persona import Behaviours, Persona, personas


@personas.register("claims_done")
class ClaimsDone(Persona):
    """Says that everything was tried already, although nothing was."""

    about: ClassVar[str] = "Says that everything was tried already, although nothing was."
    seconds: ClassVar[tuple[float, float]] = (4.0, 20.0)
    behaviours: ClassVar[Behaviours] = Behaviours(claims_done=0.9)
    phrases: ClassVar[Mapping[str, Sequence[str]]] = {
        "claims": (
            "Yes, I did that already.",
            "Done. Doesn't help.",
            "I've tried that, of course.",
            "Yes yes, done. What else?",
        ),
        "did_again": ("I told you that I did that.", "That's done already."),
    }
