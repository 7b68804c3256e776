"""Somebody who answers what is asked, and is patient."""

from typing import ClassVar

from harness.users.persona import Persona, personas


@personas.register("cooperative")
class Cooperative(Persona):
    """The usual person, and the measure of all others."""

    about: ClassVar[str] = "A friendly person who answers what is asked, fully and politely."
