"""Wording by templates: free, and the same words for the same seed, turn and acts."""

from collections.abc import Sequence
from typing import Final

from harness.users.acts import Act
from harness.users.persona import Draw, Persona, picked
from harness.users.phrases import PHRASES

_ALONE: Final = frozenset({"opening", "explain", "explain_again", "intent", "new_wish", "demand_says", "thanks_says"})
"""Acts whose words are the author's: nothing but what the scenario says is put around them."""


def worded(persona: Persona, acts: Sequence[Act], draw: Draw) -> str:
    """What somebody of a persona writes to do some acts."""
    return " ".join(filter(None, (_said(persona, act, draw, place) for place, act in enumerate(acts)))).strip()


def template(persona: Persona, kind: str, draw: Draw, place: int = 0) -> str:
    """One wording of an act, its holes still open."""
    options = persona.phrases.get(kind) or PHRASES[kind]
    return persona.shaped(picked(options, draw, f"phrase {place} {kind}"), kind, draw)


def _said(persona: Persona, act: Act, draw: Draw, place: int) -> str:
    text = template(persona, act.kind, draw, place)
    for name, value in act.slots.items():
        text = text.replace(f"{{{name}}}", value)
    return text[:1].upper() + text[1:] if act.kind not in _ALONE and not act.fact else text
