"""What a model is asked that words a person's message: the gist, the voice, and what must stand in it.

The gist is the wording by templates, so the model is told nothing that may not be said; nor does it decide anything.
"""

from collections.abc import Sequence
from typing import Final

from harness.users.persona import Persona
from harness.users.smith import Wish

SAID_MAX: Final = 6
"""How many of the latest messages are shown."""
INSTRUCTIONS: Final = (
    "You write one chat message for a person who talks to a support agent. You are told what the message says; put it "
    "into that person's own words. Say all of it and nothing else: add no fact, no number, no name, no date, no "
    "address. What stands in square brackets must stand in the message word for word, without the brackets. Write the "
    "message alone, without quotation marks, notes or a signature."
)


def question(wish: Wish, gist: str, refused: Sequence[tuple[str, Sequence[str]]] = ()) -> str:
    """What is asked; `refused` are earlier attempts, and what was wrong with them."""
    parts = [
        f"The person: {_voice(wish.person.persona)} Their mood: {wish.mood}.",
        _talk(wish.said[-SAID_MAX:]),
        f"What the message says: {gist}",
    ]
    must = must_say(wish)
    if must:
        parts.append(f"Word for word in it: {' '.join(f'[{value}]' for value in must)}")
    for text, problems in refused:
        parts.append(f"This was refused: {text!r}, because {'; '.join(problems)}.")
    return "\n\n".join(part for part in parts if part)


def must_say(wish: Wish) -> list[str]:
    """What has to stand in the message word for word: the facts that are told."""
    return [act.slots["value"] for act in wish.acts if act.fact and "value" in act.slots]


def missing(wish: Wish, text: str) -> list[str]:
    """What a message should say and does not."""
    plain = " ".join(text.split()).casefold()
    return [f"it does not say {value!r}" for value in must_say(wish) if " ".join(value.split()).casefold() not in plain]


def _voice(persona: Persona) -> str:
    return persona.about


def _talk(said: Sequence[tuple[str, str]]) -> str:
    lines = [f"{'Agent' if author == 'agent' else 'Person'}: {text}" for author, text in said]
    return "\n".join(["The conversation so far:", *lines]) if lines else ""
