"""Who judges an episode's quality, if anybody, and whether that can work."""

from pathlib import Path

from harness.agent import Agent, AgentError, Thinker
from harness.agents.model import require_llm
from harness.judging.helpers import used_by_models, with_helpers
from harness.judging.judgement import Quality
from harness.llm.family import related
from harness.llm.naming import model_name
from harness.scenario import Scenario
from harness.trajectory import Figure, Trajectory


def appointed(scenario: Scenario, judge: str | None) -> str | None:
    """The judge's model: the scenario's own, else the one of the command line; None where nothing is to be judged."""
    return (scenario.judge.model or judge) if scenario.judge is not None else None


def check_judge(scenario: Scenario, agent: Agent, judge: str | None) -> None:
    """Refuse early a judge that cannot be asked, or that is of the agent's family. Raises AgentError."""
    model = appointed(scenario, judge)
    if model is None:
        return
    model_name(model)
    require_llm()
    if isinstance(agent, Thinker) and related(agent.model, model):
        raise AgentError(
            f"{scenario.name}: the judge {model} is of the family of the agent's own model, {agent.model}",
            hint="name a judge of another family with --judge",
        )


def with_quality(trajectory: Trajectory, quality: Quality) -> Trajectory:
    """A trajectory whose record says what the judge found, and what it used for that."""
    assert trajectory.closing is not None
    closing = trajectory.closing
    figures = {**closing.figures, "quality": quality.figure}
    trajectory = trajectory.model_copy(update={"closing": closing.model_copy(update={"figures": figures})})
    return with_helpers(trajectory, used_by_models(quality.exchanges))


async def quality_of(trajectory: Trajectory, scenario: Scenario, judge: str | None, record: Path | None) -> Quality:
    """The quality of an episode that ended; asks a model where one is appointed."""
    model = appointed(scenario, judge)
    if model is None:
        return _unmeasured("no judge was named" if scenario.judge else "the scenario has no rubric")
    if trajectory.outcome == "invalid":
        return _unmeasured("an invalid episode is not judged")
    from harness.judging.asking import judge_episode  # the extra `llm`, and slow to load

    try:
        return await judge_episode(trajectory, scenario, model, record)
    except Exception as error:  # what the judge breaks is no reason to lose the episode
        return _unmeasured(f"not measured: {type(error).__name__}: {error}")


def _unmeasured(why: str) -> Quality:
    return Quality(Figure(value=None, note=why))
