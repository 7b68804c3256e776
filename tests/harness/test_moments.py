"""The world after each step, while the episode is in memory."""

from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest

from harness.agent import find_agent
from harness.check import Check, Evidence, evaluate
from harness.findings import CheckResult
from harness.runner import new_result, run_all
from harness.running.order import Order
from harness.staging.prepared import Builder
from sandbox_server.errors import NotFound
from tests.harness.scenes import scene


def test_evidence_holds_the_world_after_each_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Evidence] = []

    def noting(checks: Sequence[Check], evidence: Evidence) -> list[CheckResult]:
        seen.append(evidence)
        return evaluate(checks, evidence)

    monkeypatch.setattr("harness.verdicts.grading.evaluate", noting)
    written = scene(tmp_path)
    prepared = [Builder().prepare(written, 1)]
    order = Order([written], find_agent("script:reference"))

    anyio.run(run_all, order, prepared, new_result(order, prepared, None))

    [evidence] = seen
    assert evidence.at is not None
    assert evidence.folder == tmp_path
    digests = [evidence.at(step).content_digest().hex() for step in range(3)]
    assert digests[1:] == [step.world_state_hash for step in evidence.steps]
    assert digests[0] == digests[1] != digests[2] == evidence.final.content_digest().hex()
    with pytest.raises(NotFound, match="there is no step 3"):
        evidence.at(3)
