"""The contract of an agent: given a task and servers, it acts until it is done or stopped. One file per kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, Protocol, runtime_checkable

from harness.acting.client import Client
from harness.acting.mind import Mind
from harness.errors import HarnessError
from harness.isolation import LOOPBACK
from harness.scenario import Scenario
from harness.trajectory import Departure, Isolation
from sandbox_server.web import Service
from worlds.clock import Mode
from worlds.registry import Registry


class AgentError(HarnessError):
    """An agent that cannot be started as it was named."""

    code = "agent"


@dataclass(frozen=True, slots=True)
class Options:
    """How agents are run, whatever their kind: what the command line says beside the SPEC."""

    isolation: Isolation = "none"
    image: str | None = None
    """The image whose containers agents run in; only with the isolation that needs one."""
    egress: bool = False
    """Whether agents that are images reach beyond their servers and, with a gateway, their model."""
    mcp_config: Path | None = None
    """A file with servers of the user's own, put beside ours."""
    clean_env: bool = False
    """Whether the agent's environment holds only what it needs."""
    pass_env: tuple[str, ...] = ()
    """Names of variables that are handed on all the same."""
    model: str | None = None
    base_url: str | None = None
    gateway: bool = False
    """Whether the agent's requests to its model go through a recording gateway."""
    workdir: str | None = None
    """A file server whose tree becomes the agent's working directory; None: as the scenario says."""
    temperature: float | None = None
    """The model's temperature; None leaves it to the endpoint."""
    over: Literal["process", "http"] = "process"
    """How agents of our own call: in this process, or over HTTP like any client."""
    judge: str | None = None
    """The model that judges quality where scenarios have a rubric and name none themselves."""
    user_model: str | None = None
    """The model that words what people say where scenarios want one and name none themselves."""
    user_base_url: str | None = None
    """Where it is offered; None: as its name says."""
    user_words: Path | None = None
    """Recorded exchanges with it, which are used again instead of asking."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """All that one agent gets for one episode."""

    task: str
    servers: Mapping[str, str]
    """Server name to URL; empty for agents that act in this process."""
    client: Client
    """For agents that act in this process."""
    seed: int
    outputs: Path | None
    """Where what the agent writes to its outputs is kept; None keeps nothing."""
    scenario: Scenario
    mind: Mind = field(default_factory=Mind)
    """Where an agent that knows its model leaves its thoughts and its usage."""
    record: Path | None = None
    """Where the episode's trajectory goes: what else is recorded lies beside it. None keeps nothing."""
    services: Mapping[str, Service] = field(default_factory=dict)
    """By name, where servers that are services answer plain HTTP; empty for agents that act in this process."""
    begun: Callable[[], None] | None = None
    """What an agent that is launched calls once it runs."""


class Agent(Protocol):
    """One agent, named by a SPEC; used for many episodes at once."""

    kind: str
    spec: str
    clock: Mode
    """How the world's time moves while it acts."""
    where: Literal["process", "outside"]
    """Whether it acts in this process or needs servers at URLs."""
    isolation: Isolation
    """What keeps it from reaching more than its tools."""
    unrecorded: tuple[str, ...]
    """Names of the user's own servers that it is given beside ours."""

    def check(self, scenario: Scenario) -> None:
        """Refuse early what cannot work. Raises AgentError."""
        ...

    async def act(self, assignment: Assignment) -> Departure:
        """Act until done. Cancelled when a limit is reached: then nothing of the agent may be left running."""
        ...


@runtime_checkable
class Thinker(Protocol):
    """An agent whose model is known before it acts."""

    model: str
    temperature: float | None


@runtime_checkable
class Launched(Protocol):
    """An agent that has to be started first: its minutes count from when it calls its assignment's `begun`."""

    is_launched: bool


@runtime_checkable
class Placed(Protocol):
    """An agent that may be on another network than this machine's loopback."""

    @property
    def address(self) -> str:
        """Where it is to be listened for. Raises HarnessError where that cannot be had."""
        ...


def address_of(agent: Agent) -> str:
    """Where an agent that acts outside of this process is to be listened for. Raises HarnessError."""
    return agent.address if isinstance(agent, Placed) else LOOPBACK


class AgentKind(Protocol):
    """How the rest of a SPEC becomes an agent."""

    example: ClassVar[str]

    def agent(self, rest: str, options: Options) -> Agent:
        """The agent that `rest` (the SPEC without its prefix) names. Raises AgentError."""
        ...


agent_kinds: Registry[AgentKind] = Registry("soundstage.agents", "harness.agents")
"""Prefixes of SPECs to kinds of agents; a SPEC without a prefix is a `command`."""


def find_agent(spec: str, options: Options = Options()) -> Agent:
    """The agent that a SPEC names. Raises AgentError with what is accepted."""
    prefix, colon, rest = spec.partition(":")
    if spec.strip() == "external":
        return agent_kinds.get("external").agent("", options)
    if colon and prefix in agent_kinds.names():
        return agent_kinds.get(prefix).agent(rest, options)
    if not spec.strip():
        raise AgentError("no agent is named", hint=_accepted())
    return agent_kinds.get("command").agent(spec, options)


def _accepted() -> str:
    return f"examples: {', '.join(kind.example for _, kind in agent_kinds)}"
