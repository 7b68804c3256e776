"""Somebody who buries every answer in paragraphs."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from harness.users.persona import Draw, Persona, personas, picked


@personas.register("wall_of_text")
class WallOfText(Persona):
    """Writes endless messages in which the answer stands somewhere in the middle."""

    about: ClassVar[str] = "Writes endless messages in which the answer stands somewhere in the middle."
    seconds: ClassVar[tuple[float, float]] = (40.0, 150.0)
    letters_a_second: ClassVar[float] = 6.0
    _before: ClassVar[Sequence[str]] = (
        "First of all I have to say that I have been a customer for a very long time, and so was my mother, and "
        "neither of us ever had reason to complain, quite the opposite, we always told everybody how good you are.",
        "I don't know whether you can see what I wrote before, because the page reloaded while I was typing and then "
        "everything was gone, so I'm writing it all again, which takes a while on this small screen.",
        "You have to understand the whole story, otherwise nothing of it makes sense, and I would rather tell you too "
        "much than too little, because the last time somebody did not listen and it all went wrong.",
        "I was sitting in the kitchen when I noticed it, the radio was on and the coffee was getting cold, and at "
        "first I thought that I must be mistaken, because things like that simply don't happen to me.",
    )
    _after: ClassVar[Sequence[str]] = (
        "I hope that this is of any use to you. If not, please just ask, I have time, and I can also look in the "
        "drawer where I keep all the papers, although it may take me a while to find anything in there.",
        "My sister says that I should have called instead of writing, but then one always has to wait so long, and the "
        "music is terrible, so I thought that writing would be better for everybody.",
        "Anyway, that is how it was, more or less, and I may have forgotten something, but it will come back to me, it "
        "always does, usually in the middle of the night when nobody can use it.",
    )

    def texts(self) -> Iterable[str]:
        """All words of its own."""
        return [*super().texts(), *self._before, *self._after]

    def shaped(self, template: str, act: str, draw: Draw) -> str:
        """The wording somewhere in the middle of a lot of others."""
        if act in ("interrupt", "grumble", "rage", "leave", "thanks"):
            return template
        before, after = picked(self._before, draw, f"before {act}"), picked(self._after, draw, f"after {act}")
        return f"{before}\n\n{template}\n\n{after}"
