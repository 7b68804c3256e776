"""Rules that are well-formed and mean nothing for this service."""

from worlds.errors import WorldError


class Misplaced(WorldError):
    """A complaint about the value at `path` of the rules; whoever read them knows the file."""

    code = "rules"

    def __init__(self, path: tuple[str | int, ...], message: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path
