"""Somebody who agrees, and then wants something else."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from harness.users.persona import Behaviours, Persona, personas


@personas.register("changes_mind")
class ChangesMind(Persona):
    """Agrees to a proposal and takes it back before it is done, once."""

    about: ClassVar[str] = "Agrees to a proposal and takes it back before it is done, once."
    behaviours: ClassVar[Behaviours] = Behaviours(changes_mind=0.8)
    phrases: ClassVar[Mapping[str, Sequence[str]]] = {
        "retract": (
            "Yes. No, wait, please don't. I have to think about it.",
            "Hold on, I'm having second thoughts. Don't do it yet.",
            "Actually, no. Stop. Let me think.",
        ),
        "resume": ("OK, I thought about it again. Please do it.", "Right, let's do it after all."),
        "press": ("I'm still thinking. What would you do?", "Hm. What were my options again?"),
    }
