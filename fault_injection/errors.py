"""What is refused about rules and profiles."""

from worlds.errors import WorldError


class FaultError(WorldError):
    """A rule, trigger or profile that cannot be, and why."""

    code = "fault"
