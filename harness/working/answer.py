"""What a worker answers: the summary of an episode whose record lies on disk, or the whole of one that does not."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from harness.engine import PlaceLost
from harness.errors import HarnessError
from harness.recording.summary import Summary, summarise
from harness.running.broken import in_words
from harness.trajectory import Trajectory

_SUMMARY: Final[TypeAdapter[Summary]] = TypeAdapter(Summary)


class WorkFailed(HarnessError):
    """Something broke where an episode was played, and the place still stands."""

    code = "work_failed"


def answer_of(played: Trajectory | Summary, *, whole: bool) -> dict[str, Any]:
    """An answer with all that was played, or with what a run remembers of it."""
    if whole and isinstance(played, Trajectory):
        return {"trajectory": played.model_dump(warnings=False)}
    summary = played if isinstance(played, Summary) else summarise(played)
    return {"summary": _SUMMARY.dump_python(summary, mode="json")}


def failed_answer(error: Exception) -> dict[str, Any]:
    """An answer for want of a result."""
    return {"lost" if isinstance(error, PlaceLost) else "failed": in_words(error)}


def played_by(answer: Mapping[str, Any]) -> Trajectory | Summary:
    """What an answer tells. Raises WorkFailed and PlaceLost."""
    if "summary" in answer:
        return _SUMMARY.validate_python(answer["summary"])
    if "trajectory" in answer:
        return Trajectory.model_validate(answer["trajectory"])
    if "failed" in answer:
        raise WorkFailed(answer["failed"])
    raise PlaceLost(answer.get("lost", "the worker gave its episode back"))
