"""The one base class of everything that the harness refuses or breaks on."""

from worlds.errors import Problem


class HarnessError(Problem):
    """A failure or refusal towards the user of the harness."""

    code = "harness"
