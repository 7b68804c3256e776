"""An agent that is a command: it finds its task, its servers and the place for its answer in its environment."""

import os
import shlex
import shutil
from collections.abc import Sequence
from typing import ClassVar, Literal

from harness.acting.desk import Desk
from harness.acting.errand import Errand, Errands
from harness.agent import AgentError, Assignment, Options, agent_kinds
from harness.scenario import Scenario
from harness.trajectory import Departure, Isolation
from worlds.clock import Mode


@agent_kinds.register("command")
class CommandKind:
    """Any command line; `{task}`, `{mcp}` and `{answer}` in it become the paths of those files, and `{billing.url}` and
    `{billing.key}` the URL and the key of a service named billing."""

    example: ClassVar[str] = '"python my_agent.py"'

    def agent(self, rest: str, options: Options) -> "CommandAgent":
        """The agent behind a command line. Raises AgentError when there is no such program."""
        return CommandAgent(rest, options)


class CommandAgent:
    """Runs a command once for each episode, in a session of its own, on a flowing clock."""

    kind = "command"
    clock: Mode = "flowing"
    where: Literal["process", "outside"] = "outside"
    is_launched = True

    def __init__(self, line: str, options: Options) -> None:
        self.spec = line
        self.isolation: Isolation = options.isolation
        self._errands = Errands(options)
        self.unrecorded = self._errands.own.names
        self._words = words_of(line)
        inside = options.isolation == "container"
        if not self._words or (not inside and shutil.which(self._words[0]) is None):
            named = self._words[0] if self._words else line
            raise AgentError(f"there is no program {named!r}", hint="give a command line that runs in your shell")

    @property
    def address(self) -> str:
        """Where it reaches listeners of this process. Raises IsolationError."""
        return self._errands.address

    def check(self, scenario: Scenario) -> None:
        """Refuse what the options make impossible; a command itself is at home in every scenario."""
        self._errands.check(scenario)

    async def act(self, assignment: Assignment) -> Departure:
        """Run the command to its end."""
        return await self._errands.run(assignment, Errand(lambda desk: filled(self._words, desk)))


def filled(words: Sequence[str], desk: Desk) -> list[str]:
    """Words with the files and services of a desk in the place of holes."""
    for hole, meant in desk.holes.items():
        words = [word.replace(hole, meant) for word in words]
    return list(words)


def words_of(line: str) -> list[str]:
    """The words of a command line. Raises AgentError."""
    try:
        return shlex.split(line, posix=os.name != "nt")
    except ValueError as error:
        raise AgentError(f"cannot read the command {line!r}: {error}") from None
