"""Soundstage: worlds of MCP servers that look real and on which nothing real can break, for testing AI agents.

    import soundstage

    with soundstage.Episode("scenario.yaml", seed=7) as episode:
        episode.call("files", "list_directory", {"path": "/workspace"})
        branches = episode.fork(16)
        print(episode.score(answer="done").success)

Everything is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.acting.client import Answer
    from harness.check import Evidence
    from harness.comparing.compared import Compared
    from harness.errors import HarnessError
    from harness.facade import Episode, check, compare, export, resume, run, score, thresholds
    from harness.recording.record import read_trajectory
    from harness.reporting.report import report
    from harness.staging.coding import Scenario
    from harness.trajectory import Step, Trajectory
    from harness.verdicts.live_verdict import Verdict
    from sandbox_server.errors import StageError
    from worlds.errors import WorldError
    from worlds.expectation import Judgement

__all__ = [
    "Answer",
    "Compared",
    "Episode",
    "Evidence",
    "HarnessError",
    "Judgement",
    "Scenario",
    "StageError",
    "Step",
    "Trajectory",
    "Verdict",
    "WorldError",
    "check",
    "compare",
    "export",
    "read_trajectory",
    "report",
    "resume",
    "run",
    "score",
    "thresholds",
]

_WHERE = {
    "Answer": "harness.acting.client",
    "Compared": "harness.comparing.compared",
    "Episode": "harness.facade",
    "Evidence": "harness.check",
    "HarnessError": "harness.errors",
    "Judgement": "worlds.expectation",
    "Scenario": "harness.staging.coding",
    "StageError": "sandbox_server.errors",
    "Step": "harness.trajectory",
    "Trajectory": "harness.trajectory",
    "Verdict": "harness.verdicts.live_verdict",
    "WorldError": "worlds.errors",
    "check": "harness.facade",
    "export": "harness.facade",
    "compare": "harness.facade",
    "query": "harness.facade",
    "read_trajectory": "harness.recording.record",
    "report": "harness.reporting.report",
    "resume": "harness.facade",
    "run": "harness.facade",
    "score": "harness.facade",
    "thresholds": "harness.facade",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _WHERE:
        raise AttributeError(f"module 'soundstage' has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    """What can be had."""
    return sorted(__all__)
