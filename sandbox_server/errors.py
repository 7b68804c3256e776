"""The one base class of everything that the stage itself refuses or breaks on."""

from typing import ClassVar

from worlds.errors import Problem


class StageError(Problem):
    """A failure or refusal towards the owner of a stage, never what an agent sees; `status` is the admin API's."""

    code = "stage"
    status: ClassVar[int] = 400


class NotFound(StageError):
    """An episode, snapshot, step or server that does not exist."""

    code = "not_found"
    status = 404


class Ended(NotFound):
    """An episode that ended while somebody waited for a turn in it."""


class Interrupted(StageError):
    """A call's work that an act of the owner ended before it was done."""

    code = "interrupted"


class Conflict(StageError):
    """Something that cannot be done in the present state."""

    code = "conflict"
    status = 409
