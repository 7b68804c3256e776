"""An agent that is a model in a loop of ours: it calls the episode's tools until it has an answer."""

import importlib
from typing import ClassVar, Literal

from harness.agent import AgentError, Assignment, Options, agent_kinds
from harness.llm.naming import ModelName, model_name
from harness.scenario import Scenario
from harness.trajectory import Departure, Isolation
from worlds.clock import Mode


@agent_kinds.register("model")
class ModelKind:
    """`model:openai:NAME`, `model:anthropic:NAME`, or `model:NAME` with `--base-url`."""

    example: ClassVar[str] = "model:anthropic:NAME"

    def agent(self, rest: str, options: Options) -> "ModelAgent":
        """The agent that a model's name and an endpoint make. Raises AgentError."""
        if rest and options.model and rest != options.model:
            raise AgentError(f"two models are named: {rest!r} and {options.model!r}", hint="give one of them")
        named = model_name(rest or options.model or "", options.base_url)
        return ModelAgent(f"model:{rest or options.model}", named, options.temperature)


class ModelAgent:
    """Acts through the episode's own client, in this process; the world's time flows while the model thinks."""

    kind = "model"
    clock: Mode = "flowing"
    where: Literal["process", "outside"] = "process"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()

    def __init__(self, spec: str, named: ModelName, temperature: float | None) -> None:
        self.spec = spec
        self.named = named
        self.model = named.name
        self.temperature = temperature
        require_llm()

    def check(self, scenario: Scenario) -> None:
        """Nothing: a model tries every task."""

    async def act(self, assignment: Assignment) -> Departure:
        """Converse to the end."""
        from harness.llm.connection import Connection, ModelFailed  # the extra `llm`, and slow to load
        from harness.llm.loop import converse

        assignment.mind.model, assignment.mind.temperature = self.model, self.temperature
        try:
            connection = Connection(self.named, self.temperature)
        except ModelFailed as error:
            return Departure(how="failed", note=error.message)
        async with connection:
            return await converse(connection, assignment)


def require_llm() -> None:
    """Load what models need, or refuse to go on. Raises AgentError that says how to get it."""
    try:
        importlib.import_module("harness.llm.loop")
    except ImportError:
        hint = "pip install 'soundstage[llm]'"
        raise AgentError("models need the extra `llm`, which is not installed", hint=hint) from None
