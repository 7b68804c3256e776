"""How a program acts as an agent: at a desk of its own, as a process tree that is gone afterwards, in an isolation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio.to_thread

from harness.acting.desk import Desk, laid_desk, refuse_missing_variables
from harness.acting.hiding import hidden_paths
from harness.acting.own_servers import read_own_servers
from harness.acting.process import HIDDEN_FD, PROCESSES_MAX, STATUS_FD, Run, Tail
from harness.acting.workdir import Workdir, laid_workdir
from harness.agent import AgentError, Assignment, Options
from harness.gateway.wanted import gateway_if_wanted
from harness.isolation import Jail, isolations
from harness.scenario import Scenario
from harness.trajectory import Departure

_WORD_LETTERS_MAX: Final = 4_096


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be run, once the desk is laid."""

    words: Callable[[Desk], Sequence[str]]
    spoken: bool = True
    """Whether the end of stdout is the answer where none was left at the desk."""
    heard: Tail | None = None
    """What takes in stdout, where somebody listens to it."""


class Errands:
    """Runs programs as agents in the way that the options say."""

    def __init__(self, options: Options, *, alone: bool = False) -> None:
        """`alone`: the programs' image brings all that they see, and they reach their servers only unless the options
        say more. Raises AgentError for options that cannot work."""
        self.options = options
        self.alone = alone
        self.own = read_own_servers(options.mcp_config)
        self._isolation = isolations.get(options.isolation)
        refuse_missing_variables(options)

    def check(self, scenario: Scenario) -> None:
        """Refuse early what cannot work in a scenario. Raises AgentError."""
        self.own.refuse_clashes(scenario)
        server = self.workdir(scenario)
        if server is not None and server not in scenario.world.servers:
            raise AgentError(f"workdir: there is no server {server!r}", hint=", ".join(scenario.world.servers))
        if server is not None and scenario.world.servers[server].kind != "filesystem":
            raise AgentError(f"workdir: {server!r} holds no files", hint="name a server of kind filesystem")

    def workdir(self, scenario: Scenario) -> str | None:
        """The server whose tree is the agent's working directory, if any."""
        return self.options.workdir or scenario.workdir

    @property
    def address(self) -> str:
        """Where programs reach listeners of this process. Raises IsolationError."""
        return self._isolation.address(closed=self.closed)

    @property
    def closed(self) -> bool:
        """Whether programs reach nothing but listeners of this process."""
        return self.options.gateway or (self.alone and not self.options.egress)

    async def run(self, assignment: Assignment, errand: Errand) -> Departure:
        """Run a program to its end, with a gateway to its model where one is wanted."""
        async with gateway_if_wanted(self.options, assignment, self.address) as gateway:
            variables = gateway.environment(self.options.pass_env) if gateway else {}
            departure = await self._run(assignment, errand, variables)
            return gateway.blamed(departure) if gateway else departure

    async def _run(self, assignment: Assignment, errand: Errand, variables: Mapping[str, str]) -> Departure:
        with laid_desk(assignment, self.own) as desk:
            run = Run(str(desk.folder))
            run.stdout = errand.heard or run.stdout
            run.begun = assignment.begun
            server = self.workdir(assignment.scenario)
            try:
                async with laid_workdir(assignment, server, desk.work) as workdir:
                    status = await self._complete(run, assignment, desk, list(errand.words(desk)), workdir, variables)
            except OSError as error:
                return Departure(how="failed", note=f"the command cannot be started: {error}")
            finally:
                _keep(assignment.outputs, run, desk)
            said = last_block(run.stdout.end().decode("utf-8", "replace")) if errand.spoken else ""
            answer = desk.answered() or said
        return Departure(how="finished", answer=answer or None, exit_code=status, note=_said(status, run))

    async def _complete(
        self, run: Run, assignment: Assignment, desk: Desk, words: list[str], workdir: Workdir | None,
        variables: Mapping[str, str],
    ) -> int:  # fmt: skip
        environment = {**desk.environment(self.options), **variables}
        if workdir is not None and not self.alone:
            words = [_absolute(word) for word in words]
        folder = workdir.folder if workdir else self._usual_folder(desk)
        if self.options.isolation == "none":
            return await run.complete(words, environment, folder=folder, clear=desk.folder)
        needed = [] if self.alone else _needed(words)
        jail = Jail(
            folder,
            writable=(desk.folder,),
            hidden=[*hidden_paths(assignment, needed), *_other_desks(desk, needed)],
            readable=needed,
            status_fd=STATUS_FD,
            image=self.options.image or "",
            closed=self.closed,
            variables=environment,
            alone=self.alone,
        )
        jailed = await anyio.to_thread.run_sync(self._isolation.jailed, words, jail, HIDDEN_FD)
        status = await run.complete(
            jailed.words,
            environment if jailed.variables is None else jailed.variables,
            folder=folder,
            status_fd=STATUS_FD,
            hidden_words=jailed.hidden_words,
            clear=desk.folder,
            first=jailed.first,
            inquiry=jailed.inquiry,
            has_begun=jailed.has_begun,
            last=jailed.last,
        )
        ended = self._isolation.ended(status, run.inner)
        if not ended.ran:
            raise OSError(run.stderr.end().decode("utf-8", "replace").strip()[-300:])
        run.note = ended.note
        return status

    def _usual_folder(self, desk: Desk) -> Path:
        """Where a program starts that has no tree to work in: here, or where its image says."""
        return desk.folder if self.alone else Path.cwd()


def last_block(text: str) -> str:
    """The last lines of an output that stand together without an empty line."""
    blocks = text.replace("\r\n", "\n").strip().split("\n\n")
    return blocks[-1].strip()


def _absolute(word: str) -> str:
    """A word that names a file in the present working directory, so that it is found from another one."""
    path = Path(word)
    if path.is_absolute() or not word or len(word) > _WORD_LETTERS_MAX:
        return word
    try:
        return str(path.absolute()) if path.exists() else word
    except (OSError, ValueError):
        return word


def _needed(words: Sequence[str]) -> list[Path]:
    """What an agent may read wherever it lies: the user's working directory, and the files that its command names."""
    found = [Path.cwd()]
    for place, word in enumerate(words):
        path = Path(_absolute(word))
        installed = place == 0 and path.parent.name in ("bin", "Scripts", "shims")
        if path.is_absolute() and path.is_file() and not installed:
            found += [path.parent.resolve() / path.name, path.resolve()]
    return list(dict.fromkeys(found))


def _other_desks(desk: Desk, needed: Sequence[Path]) -> list[Path]:
    """The folder that holds the desks of other agents, unless what this one needs lies in it as well."""
    folder = desk.folder.parent
    return [] if any(path.is_relative_to(folder) for path in needed) else [folder]


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
    if run.crowded:
        return f"the command was ended: it started more than {PROCESSES_MAX} processes"
    if run.note:
        return run.note
    if status == 0:
        return ""
    last = run.stderr.end().decode("utf-8", "replace").strip().rpartition("\n")[2][:300]
    how = f"exit status {status}" if status > 0 else f"killed by signal {-status}"
    return f"the command ended with {how}{f': {last}' if last else ''}"
