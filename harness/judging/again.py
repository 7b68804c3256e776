"""Judging recorded episodes again: by what was recorded where it is enough, else by asking."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import anyio

from harness.agents.model import require_llm
from harness.judging.appointed import with_quality
from harness.judging.judgement import Quality, judged, read_judgements
from harness.llm.naming import model_name
from harness.recording.origin import origin_of
from harness.scenario import Scenario
from harness.trajectory import Figure, Trajectory
from harness.verdicts.composite import recorded_rule, scored
from harness.verdicts.rescoring import Rescored, rule_with


def judge_again(
    one: Rescored, judge: str, weights: Mapping[str, float] | None = None, scenario: Path | None = None
) -> Rescored:
    """An episode's scores with the quality that a judge gives it.

    What the judge was asked before is not asked again; what it is asked now is recorded beside the trajectory.
    Raises AgentError for a judge that cannot be meant, and OriginError.
    """
    model_name(judge)
    trajectory = one.trajectory
    if trajectory.closing is None or trajectory.outcome == "invalid":
        return one
    rubric = origin_of(one.path, trajectory, scenario).prepared.scenario
    trajectory = with_quality(trajectory, Quality(_quality(trajectory, rubric, judge, one.path)))
    rule = rule_with(recorded_rule(trajectory.closing), weights)
    return replace(one, trajectory=trajectory, figures=scored(trajectory, rule))


def _quality(trajectory: Trajectory, scenario: Scenario, judge: str, record: Path) -> Figure:
    figure = judged(trajectory, scenario, read_judgements(record), judge)
    if figure.value is not None or scenario.judge is None:
        return figure
    require_llm()
    from harness.judging.asking import judge_episode  # the extra `llm`, and slow to load

    return anyio.run(partial(judge_episode, trajectory, scenario, judge, record)).figure
