"""An agent that is a command which converses: a line of JSON on stdin for each turn, a line of JSON on stdout back."""

import os
import shlex
import shutil
from pathlib import Path
from typing import ClassVar, Final, Literal

import anyio
import anyio.to_thread
import orjson

from harness.acting.conversing import Line, Talked, converse, refuse_many_users, without_conversation
from harness.acting.desk import Desk
from harness.acting.errand import Errand, Errands
from harness.acting.spoken_lines import Lines
from harness.agent import AgentError, Assignment, Options, agent_kinds
from harness.agents.http import Refused, spoken
from harness.scenario import Scenario
from harness.trajectory import Departure, Isolation
from worlds.clock import Mode

LEAVE_SECONDS: Final = 5.0
"""How long a command may take to end once its stdin has."""
_PIPE: Final = "turns"
_OPENED: Final = 'exec "$@" < "$0"'
"""Starts a command whose stdin is the pipe that is named first."""


@agent_kinds.register("chat")
class ChatKind:
    """`chat:COMMAND`: one process a conversation, and one line of JSON for each turn in each direction."""

    example: ClassVar[str] = '"chat:python my_bot.py"'

    def agent(self, rest: str, options: Options) -> "ChatAgent":
        """The agent behind a command line. Raises AgentError where there is no such program."""
        return ChatAgent(rest, options)


class ChatAgent:
    """Runs a command once for each episode and converses with it; other servers stand in MCP_CONFIG as ever."""

    kind = "chat"
    clock: Mode = "flowing"
    where: Literal["process", "outside"] = "outside"
    is_launched = True

    def __init__(self, line: str, options: Options) -> None:
        if not hasattr(os, "mkfifo"):
            raise AgentError("commands that converse need named pipes, which this system has not")
        self.spec = f"chat:{line}"
        self.isolation: Isolation = options.isolation
        self._errands = Errands(options)
        self.unrecorded = self._errands.own.names
        try:
            self._words = shlex.split(line)
        except ValueError as error:
            raise AgentError(f"cannot read the command {line!r}: {error}") from None
        inside = options.isolation == "container"
        if not self._words or (not inside and shutil.which(self._words[0]) is None):
            named = self._words[0] if self._words else line
            raise AgentError(f"there is no program {named!r}", hint="write chat: and a command line")

    @property
    def address(self) -> str:
        """Where it reaches listeners of this process. Raises IsolationError."""
        return self._errands.address

    def check(self, scenario: Scenario) -> None:
        """Refuse what the options make impossible, and several people."""
        self._errands.check(scenario)
        refuse_many_users(scenario, self.spec)

    async def act(self, assignment: Assignment) -> Departure:
        """Converse with a process of its own, to the end of either."""
        talk = _Talk(assignment)
        given = without_conversation(assignment)
        errand = Errand(lambda desk: talk.placed(self._words, desk), spoken=False, heard=talk.lines)
        async with anyio.create_task_group() as group:
            group.start_soon(talk.held, group.cancel_scope)
            departure = await self._errands.run(given, errand)
            talk.departure = departure
            talk.lines.finish()
            group.cancel_scope.cancel()
        return talk.ended()


class _Talk:
    """One conversation with one process."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.talked = Talked()
        self.lines = Lines()
        self.departure: Departure | None = None
        self._pipe: Path | None = None
        self._laid = anyio.Event()

    def placed(self, words: list[str], desk: Desk) -> list[str]:
        """The command line, with a pipe for its stdin."""
        self._pipe = desk.folder / _PIPE
        os.mkfifo(self._pipe)
        self._laid.set()
        filled = list(words)
        for hole, path in desk.holes.items():
            filled = [word.replace(hole, str(path)) for word in filled]
        return ["sh", "-c", _OPENED, str(self._pipe), *filled]

    async def held(self, scope: anyio.CancelScope) -> None:
        """Converse; then end the command's stdin, and the command if it stays."""
        await self._laid.wait()
        assert self._pipe is not None
        file = os.open(self._pipe, os.O_RDWR)  # opening it for writing alone would wait for the command

        async def say(told: Line) -> str | None:
            await anyio.to_thread.run_sync(_written, file, told, abandon_on_cancel=True)
            line = await self.lines.next()
            return None if line is None else spoken(line)

        try:
            await converse(self.assignment, say, self.talked)
        except Refused as error:
            self.talked.note = str(error)
        finally:
            os.close(file)
        await anyio.sleep(LEAVE_SECONDS)
        scope.cancel()

    def ended(self) -> Departure:
        """How it ended: what was said last is the answer."""
        talked, left = self.talked, self.departure
        if left is None:  # it stayed although nobody spoke to it any more
            return Departure(how="finished", answer=talked.answer, note=talked.note)
        if left.how == "failed":
            return left
        note = "; ".join(filter(None, (talked.note, left.note)))
        return left.model_copy(update={"answer": talked.answer or left.answer, "note": note})


def _written(file: int, told: Line) -> None:
    """Write one line to the command, whole."""
    data = orjson.dumps({"turn": told.turn, "message": told.message, "task": told.task}) + b"\n"
    while data:
        data = data[os.write(file, data) :]
