"""An agent that plays a script in this process: a scenario's own reference, nothing at all, or a file of steps."""

from pathlib import Path
from typing import Any, ClassVar, Literal

from harness.acting.client import Answer, Caller, Client
from harness.acting.fate import FateUnknown
from harness.acting.http_client import HttpClient
from harness.acting.http_line import LineBroken
from harness.agent import AgentError, Assignment, Options, agent_kinds
from harness.scenario import Scenario
from harness.staging.script import Call, Say, Script, ScriptFailed, Wait, filled, read_script
from harness.trajectory import Departure, Isolation
from harness.wording import announces_failure
from worlds.clock import Mode
from worlds.yamlfile import Document, read_yaml


@agent_kinds.register("script")
class ScriptKind:
    """`script:reference`, `script:nothing`, or `script:PATH` to a YAML list of steps."""

    example: ClassVar[str] = "script:reference"

    def agent(self, rest: str, options: Options) -> "ScriptAgent":
        """The agent that plays what `rest` names."""
        return ScriptAgent(rest, over=options.over)


class ScriptAgent:
    """Plays a script word for word, as fast as the world answers, on a virtual clock."""

    kind = "script"
    clock: Mode = "virtual"
    where: Literal["process", "outside"]
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()

    def __init__(self, name: str, *, over: Literal["process", "http"] = "process") -> None:
        """`over` is how it calls: in this process, or as any client does."""
        self.spec = f"script:{name}"
        self.where = "process" if over == "process" else "outside"
        self._name = name
        self._document = None if name in ("reference", "nothing") else _document(name)

    def check(self, scenario: Scenario) -> None:
        """Refuse a scenario without a reference, and a script that names other servers."""
        if self._name == "reference" and not scenario.reference:
            raise AgentError(f"{scenario.name} has no reference to play", hint="add `reference` to the scenario")
        self._script(scenario)

    async def act(self, assignment: Assignment) -> Departure:
        """Play the script; a step that goes differently from what it says ends it."""
        if self.where == "process":
            return await self._played(assignment, assignment.client)
        async with HttpClient(assignment.servers) as client:
            return await self._played(assignment, client)

    async def _played(self, assignment: Assignment, client: Caller) -> Departure:
        player = Player(client, assignment.client)
        try:
            for line in self._script(assignment.scenario):
                await player.play(line)
        except ScriptFailed as error:
            return Departure(how="finished", answer=player.said, exit_code=1, note=str(error))
        return Departure(how="finished", answer=player.said)

    def _script(self, scenario: Scenario) -> Script:
        if self._document is not None:
            return read_script(self._document, (), tuple(scenario.world.servers))
        return scenario.reference if self._name == "reference" else ()


class Player:
    """Plays the lines of a script and remembers what later lines refer to."""

    def __init__(self, client: Caller, own: Client) -> None:
        """`client` is by what calls are made; `own` is the episode's."""
        self.client = client
        self.own = own
        self.episode = own.episode
        self.said: str | None = None
        self.kept: dict[str, Any] = {}

    async def play(self, line: Call | Wait | Say) -> None:
        """Play one line. Raises ScriptFailed."""
        if isinstance(line, Say):
            self.said = str(filled(line.text, self.kept))
        elif isinstance(line, Wait):
            await self.own.wait(line.for_ns)
        else:
            await self._call(line)

    async def _call(self, line: Call) -> None:
        try:
            answer = await self.client.call(line.server, line.tool, filled(dict(line.arguments), self.kept))
        except (FateUnknown, LineBroken) as error:
            if line.expects_error:
                return
            raise ScriptFailed(str(error)) from None
        if line.keep_as is not None:
            self.kept[line.keep_as] = {"text": answer.text, "data": answer.data, "result": dict(answer.result)}
        if _failed(answer) is not line.expects_error:
            wanted = "an error" if line.expects_error else "no error"
            raise ScriptFailed(f"{line.server}.{line.tool}: {wanted} was expected, the answer was: {answer.text[:300]}")


def _failed(answer: Answer) -> bool:
    """Whether an answer is a failure in substance: SQL servers say so in a successful result."""
    if answer.failed or "structuredContent" in answer.result:
        return answer.failed or (isinstance(answer.data, dict) and answer.data.get("success") is False)
    return announces_failure(answer.text)


def _document(name: str) -> Document:
    path = Path(name)
    if not path.is_file():
        raise AgentError(
            f"there is no script {name!r}", hint="write script:reference, script:nothing, or script: and a file's path"
        )
    return read_yaml(path)
