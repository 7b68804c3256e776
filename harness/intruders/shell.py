"""Run a command that reads the whole tree, and one that does damage there."""

from collections.abc import Iterable

from harness.intruder import Damage, Grounds, Try, intruders

_READS = "find . -type f -exec head -c 2000 {} +"
_DAMAGES = "find . -type f -exec sh -c 'echo >> \"$1\"' sh {} ';'"


@intruders.register("shell")
class ShellIntruder:
    """Knows a few commands."""

    def reads(self, grounds: Grounds) -> Iterable[Try]:
        """The beginning of every file in one call."""
        return [Try(grounds.server, "run_command", {"command": _READS})]

    def damages(self, grounds: Grounds) -> Iterable[Damage]:
        """A line more in every file."""
        tries = [Try(grounds.server, "run_command", {"command": _DAMAGES})]
        return [Damage(f"every file that {grounds.server} reaches changed", tries)]
