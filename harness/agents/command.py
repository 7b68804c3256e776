"""An agent that is a command: it finds its task, its servers and the place for its answer in its environment."""

import json
import os
import shlex
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal

from harness.agent import AgentError, Assignment, Options, agent_kinds
from harness.process import Run
from harness.scenario import Scenario
from harness.trajectory import Departure, Isolation
from worlds import host
from worlds.clock import Mode

ANSWER_BYTES_MAX: Final = 1024 * 1024
OWN: Final = "soundstage"


@dataclass(frozen=True, slots=True)
class Desk:
    """The files of one agent, in a folder whose name says nothing."""

    folder: Path

    @property
    def task(self) -> Path:
        """Where the task stands."""
        return self.folder / "task.md"

    @property
    def servers(self) -> Path:
        """Where the servers stand, as `mcpServers` JSON."""
        return self.folder / "mcp.json"

    @property
    def answer(self) -> Path:
        """Where the answer belongs."""
        return self.folder / "answer.md"

    def answered(self) -> str | None:
        """The answer that was left; only an ordinary file counts, and only its first megabyte."""
        try:
            file = os.open(self.answer, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            return None
        with os.fdopen(file, "rb") as opened:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                return None
            return opened.read(ANSWER_BYTES_MAX).decode("utf-8", "replace").strip()


@agent_kinds.register("command")
class CommandKind:
    """Any command line; `{task}`, `{mcp}` and `{answer}` in it become the paths of those files."""

    example: ClassVar[str] = '"python my_agent.py"'

    def agent(self, rest: str, options: Options) -> "CommandAgent":
        """The agent behind a command line. Raises AgentError when there is no such program."""
        return CommandAgent(rest)


class CommandAgent:
    """Runs a command once for each episode, in a session of its own, on a flowing clock."""

    kind = "command"
    clock: Mode = "flowing"
    where: Literal["process", "outside"] = "outside"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()

    def __init__(self, line: str) -> None:
        self.spec = line
        try:
            self._words = shlex.split(line, posix=os.name != "nt")
        except ValueError as error:
            raise AgentError(f"cannot read the command {line!r}: {error}") from None
        if not self._words or shutil.which(self._words[0]) is None:
            named = self._words[0] if self._words else line
            raise AgentError(f"there is no program {named!r}", hint="give a command line that runs in your shell")

    def check(self, scenario: Scenario) -> None:
        """Nothing: a command is at home in every scenario."""

    async def act(self, assignment: Assignment) -> Departure:
        """Run the command to its end."""
        with _desk(assignment) as desk:
            run = Run(str(desk.folder))
            try:
                status = await run.complete(self._placed(desk), _environment(desk))
            except OSError as error:
                return Departure(how="failed", note=f"the command cannot be started: {error}")
            finally:
                _keep(assignment.outputs, run, desk)
            answer = desk.answered() or last_block(run.stdout.end().decode("utf-8", "replace"))
        return Departure(how="finished", answer=answer or None, exit_code=status, note=_said(status, run))

    def _placed(self, desk: Desk) -> list[str]:
        places = {"{task}": desk.task, "{mcp}": desk.servers, "{answer}": desk.answer}
        words = list(self._words)
        for hole, path in places.items():
            words = [word.replace(hole, str(path)) for word in words]
        return words


def last_block(text: str) -> str:
    """The last lines of an output that stand together without an empty line."""
    blocks = text.replace("\r\n", "\n").strip().split("\n\n")
    return blocks[-1].strip()


def server_list(servers: Mapping[str, str]) -> dict[str, object]:
    """URLs in the form that MCP clients read."""
    return {"mcpServers": {name: {"type": "http", "url": url} for name, url in servers.items()}}


@contextmanager
def _desk(assignment: Assignment) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory(prefix="task-", ignore_cleanup_errors=True) as folder:
        desk = Desk(Path(folder))
        desk.task.write_text(assignment.task, encoding="utf-8")
        desk.servers.write_text(json.dumps(server_list(assignment.servers), indent=2), encoding="utf-8")
        yield desk


def _environment(desk: Desk) -> dict[str, str]:
    """The user's environment without our own settings, and the three files."""
    kept = {name: value for name, value in host.environment().items() if OWN not in name.lower()}
    return {**kept, "TASK_FILE": str(desk.task), "MCP_CONFIG": str(desk.servers), "ANSWER_FILE": str(desk.answer)}


def _keep(outputs: Path | None, run: Run, desk: Desk) -> None:
    if outputs is None:
        return
    outputs.mkdir(parents=True, exist_ok=True)
    (outputs / "stdout.txt").write_bytes(run.stdout.content())
    (outputs / "stderr.txt").write_bytes(run.stderr.content())
    answer = desk.answered()
    if answer is not None:
        (outputs / "answer.md").write_text(answer, encoding="utf-8")


def _said(status: int, run: Run) -> str:
    if status == 0:
        return ""
    last = run.stderr.end().decode("utf-8", "replace").strip().rpartition("\n")[2][:300]
    how = f"exit status {status}" if status > 0 else f"killed by signal {-status}"
    return f"the command ended with {how}{f': {last}' if last else ''}"
