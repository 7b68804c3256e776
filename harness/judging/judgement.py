"""What a judge said, and the figure that follows from it: computed from what was recorded, without a model."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from harness.findings import Frozen
from harness.judging.prompt import question, quoted, transcript
from harness.llm.family import families, related
from harness.scenario import Scenario
from harness.staging.judge import RubricItem
from harness.trajectory import Figure, Trajectory
from worlds.digest import value_hash

SUFFIX: Final = ".judge.jsonl"


class Judgement(Frozen):
    """One line of a `*.judge.jsonl` file: one exchange with the judge."""

    record: Literal["judgement"] = Field(default="judgement", description="Which record this is.")
    item: str = Field(description="Name of the rubric's item.")
    model: str = Field(description="The judge, as it was named.")
    question_hash: str = Field(description="Hash of what was asked; an exchange is used again only for the same.")
    question: str = Field(description="What was asked, secrets masked.")
    outcome: Literal["answered", "refused", "failed"] = Field(
        description="Whether the judge answered, would not, or could not be asked."
    )
    answer: str | None = Field(default=None, description="What it said.")
    note: str = Field(default="", description="What went wrong, in words.")
    input_tokens: int = Field(default=0, ge=0, description="Tokens read.")
    output_tokens: int = Field(default=0, ge=0, description="Tokens written.")
    asked_at: str = Field(description="Wall-clock time of the question, ISO 8601.")


@dataclass(frozen=True, slots=True)
class Opinion:
    """One item's score, 0 to 1; None says why it was not measured."""

    value: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Quality:
    """What a judge found of an episode, and all exchanges with it about that episode."""

    figure: Figure
    exchanges: Sequence[Judgement] = ()


def judge_record(record: Path) -> Path:
    """Where the exchanges with the judge are recorded, beside the trajectory."""
    return record.with_name(f"{record.stem}{SUFFIX}")


def read_judgements(record: Path) -> list[Judgement]:
    """The exchanges recorded beside a trajectory, a line that was cut short left out."""
    path = judge_record(record)
    found = []
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        try:
            found.append(Judgement.model_validate_json(line))
        except ValidationError:
            continue
    return found


def question_hash(text: str) -> str:
    """What identifies a question."""
    return value_hash(text).hex()


def judged(trajectory: Trajectory, scenario: Scenario, exchanges: Sequence[Judgement], model: str) -> Figure:
    """The quality of an episode by a judge's recorded words: the mean of its items, each from 0 to 1 on its scale.

    One item without a score leaves the whole unmeasured: a judge that refuses or fails is no verdict on the agent.
    """
    if scenario.judge is None:
        return Figure(value=None, note="the scenario has no rubric")
    kin = kinship(trajectory, model)
    if kin is not None:
        return Figure(value=None, note=kin)
    opinions = {item.name: opinion(trajectory, item, exchanges, model) for item in scenario.judge.items}
    missing = [f"{name}: {each.words}" for name, each in opinions.items() if each.value is None]
    if missing:
        return Figure(value=None, note=f"not measured by {model}: {'; '.join(missing)}")
    values = [each.value for each in opinions.values() if each.value is not None]
    words = "; ".join(f"{name} {each.words}" for name, each in opinions.items())
    return Figure(value=round(sum(values) / len(values), 6), note=f"{_stranger(trajectory, model)}{words}")


def opinion(trajectory: Trajectory, item: RubricItem, exchanges: Sequence[Judgement], model: str) -> Opinion:
    """What the newest exchange about an item says."""
    asked = question_hash(question(trajectory, item))
    found = [each for each in exchanges if (each.item, each.model, each.question_hash) == (item.name, model, asked)]
    if not found:
        return Opinion(None, "was not asked")
    newest = found[-1]
    if newest.outcome != "answered":
        return Opinion(None, f"{newest.outcome}{f': {newest.note}' if newest.note else ''}")
    return read_answer(newest.answer or "", item, transcript(trajectory))


def read_answer(answer: str, item: RubricItem, shown: str) -> Opinion:
    """A judge's words as a score. What it quotes must stand in what it was shown."""
    said = _object(answer)
    if said is None:
        return Opinion(None, "the answer cannot be read")
    score, evidence = said.get("score"), said.get("evidence")
    if isinstance(score, bool) or not isinstance(score, int) or score not in item.scale:
        return Opinion(None, f"{score!r} is no score of the scale")
    lowest, highest = min(item.scale), max(item.scale)
    if not isinstance(evidence, str) or (not evidence.strip() and score != lowest):
        return Opinion(None, "no evidence is quoted")
    if not quoted(evidence, shown):
        return Opinion(None, "the evidence that is quoted stands nowhere in the record")
    return Opinion((score - lowest) / (highest - lowest), f"{score} ({item.scale[score]})")


def kinship(trajectory: Trajectory, model: str) -> str | None:
    """Why a judge may not judge this agent; None when it may."""
    agents = _models(trajectory)
    kin = next((name for name in agents if related(name, model)), None)
    return f"{model} is of the family of the agent's own model, {kin}: it is no fair judge" if kin else None


def _stranger(trajectory: Trajectory, model: str) -> str:
    """A warning where nobody can tell whether judge and agent are of different families."""
    agents = _models(trajectory)
    if agents and families(model) and all(map(families, agents)):
        return ""
    unknown = "the judge's" if not families(model) else "the agent's"
    return f"({unknown} family of models is not known) "


def _models(trajectory: Trajectory) -> list[str]:
    """The names of the agent's model, as planned and as its endpoint told it."""
    closing = trajectory.closing
    return [name for name in (trajectory.opening.agent.model, closing.model if closing else None) if name]


def _object(answer: str) -> dict[str, Any] | None:
    """The first JSON object in a text, whatever stands around it."""
    start = answer.find("{")
    while start >= 0:
        try:
            found, _ = json.JSONDecoder().raw_decode(answer, start)
        except ValueError:
            start = answer.find("{", start + 1)
            continue
        return found if isinstance(found, dict) else None
    return None
