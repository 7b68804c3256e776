"""An agent that a person attaches: its servers and its task are shown, and the person says when it is done."""

import json
import textwrap
from typing import Any, ClassVar, Literal

import anyio
import click

from harness.acting.handing_in import Counter, has_terminal, opened_counter, typed
from harness.acting.own_servers import read_own_servers, server_list
from harness.agent import AgentError, Assignment, Options, agent_kinds
from harness.printing.inert import inert
from harness.scenario import Scenario
from harness.trajectory import Departure, Isolation
from worlds.clock import Mode


@agent_kinds.register("external")
class ExternalKind:
    """`external`: waits for a client that a person attaches, within the scenario's limits."""

    example: ClassVar[str] = "external"

    def agent(self, rest: str, options: Options) -> "ExternalAgent":
        """The agent that somebody will attach. Raises AgentError for options of agents that are started."""
        if rest.strip():
            raise AgentError(f"external:{rest} says more than can be meant", hint="write external")
        return ExternalAgent(options)


class ExternalAgent:
    """Shows where the servers are, and waits until somebody hands in an answer."""

    kind = "external"
    spec = "external"
    clock: Mode = "flowing"
    where: Literal["process", "outside"] = "outside"
    isolation: Isolation = "none"

    def __init__(self, options: Options) -> None:
        if options.isolation != "none" or options.clean_env or options.pass_env or options.workdir:
            raise AgentError(
                "an external agent is started by a person, where and as they like",
                hint="leave out --isolation, --clean-env, --pass-env and --workdir",
            )
        self._own = read_own_servers(options.mcp_config)
        self.unrecorded = self._own.names
        self._terminal = anyio.Lock()

    def check(self, scenario: Scenario) -> None:
        """Refuse clashing names, and a scenario that wants to lay out a working directory."""
        self._own.refuse_clashes(scenario)
        if scenario.workdir is not None:
            raise AgentError(f"{scenario.name}: an external agent has a working directory of its own")

    async def act(self, assignment: Assignment) -> Departure:
        """Wait until the answer is handed in."""
        block = server_list(assignment.servers, self._own)
        counter = Counter({"task": assignment.task, **block})
        async with opened_counter(counter) as url, anyio.create_task_group() as group:
            group.start_soon(self._ask, assignment, block, url, counter)
            await counter.handed_in.wait()
            group.cancel_scope.cancel()
        return Departure(how="finished", answer=counter.answer)

    async def _ask(self, assignment: Assignment, block: dict[str, Any], url: str, counter: Counter) -> None:
        """Show what is to be done; one episode at a time has the terminal."""
        if not has_terminal():
            click.echo(shown(assignment, block, url, typing=False), err=True)
            return
        async with self._terminal:
            click.echo(shown(assignment, block, url, typing=True), err=True)
            await typed(counter)


def shown(assignment: Assignment, block: dict[str, Any], url: str, *, typing: bool) -> str:
    """What a person needs in order to attach a client."""
    limits = assignment.scenario.limits
    lines = [
        f"{assignment.scenario.name}: attach a client; {limits.steps} calls, {limits.minutes:g} minutes at most.",
        *(f"  {name}: {at}" for name, at in assignment.servers.items()),
        *(f"  {name} by plain HTTP: {' '.join(each.to_json().values())}" for name, each in assignment.services.items()),
        json.dumps(block, indent=2),
        "The task:",
        textwrap.indent(assignment.task.strip(), "  "),
        "When it is done, hand in its answer:",
        f"  curl --data-binary 'its answer' {url}",
    ]
    if typing:
        lines.append("or type it here and press Enter (Enter alone: there is no answer).")
    return inert("\n".join(lines))
