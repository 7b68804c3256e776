"""What cannot be played on a stage elsewhere, refused before anything is run."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from harness.agent import Agent
from harness.engine import EngineError
from harness.scenario import Scenario
from harness.version import own_version
from sandbox_server.code import code_hash
from sandbox_server.serving.serving import LOOPBACKS

UNKNOWN: Final = "0"
"""The version where nobody has installed it."""
_INSIDE = ("replay",)
"""Kinds of agents that work on the episode itself."""
_OUTSIDE = {
    "mcp": "a real server keeps its own state, which nobody can send",
    "shell": "a shell needs the containers of --engine docker",
}
"""Kinds of servers that stay where they are, and why."""


def refuse_other_code(told: Mapping[str, Any], stage: str, hint: str) -> None:
    """Raise EngineError for a stage of another version, or of other code; `told` is what it says of its version.

    What either of them does not know is not compared.
    """
    theirs, own = told.get("soundstage"), own_version()
    if UNKNOWN not in (theirs, own) and theirs != own:
        raise EngineError(f"{stage} runs version {theirs}, and this is {own}", hint=hint)
    code, own_code = told.get("code"), code_hash()
    if None not in (code, own_code) and code != own_code:
        words = f"{stage} runs other code than this, though of the same version: {code}, and this is {own_code}"
        raise EngineError(words, hint=hint)


def refuse_unfit(agent: Agent, scenarios: Sequence[Scenario], admin: str) -> None:
    """Raise EngineError for an agent or a world that only this process can have; `admin` is the stage's URL."""
    if agent.isolation == "container" and urlsplit(admin).hostname in LOOPBACKS:
        raise EngineError(
            f"agents in containers do not reach a stage at {admin}",
            hint="let the stage listen where containers reach it, and name that address",
        )
    if agent.kind in _INSIDE:
        raise EngineError(f"{agent.spec} plays in this process only", hint="leave --engine out")
    for scenario in scenarios:
        for name, server in scenario.world.servers.items():
            if server.kind in _OUTSIDE:
                raise EngineError(f"{scenario.name}: {name}: {_OUTSIDE[server.kind]}", hint="leave --engine out")
