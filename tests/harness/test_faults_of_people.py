"""Faults that hit what a person does with tools of their own are no faults that the agent has to get over."""

from pathlib import Path

import pytest

from harness.scorers.blind_retries import BlindRetries
from harness.scorers.recovery import Recovery
from tests.harness.test_users import DEEDS, played

pytestmark = pytest.mark.anyio
FAULTS = ("guard:\n", "faults:\n  - {on: phone.write_file, nth: 1, fault: timed_out, phase: after}\nguard:\n")


async def test_what_hits_a_persons_call_is_not_held_against_the_agent(tmp_path: Path) -> None:
    trajectory = await played(tmp_path, *DEEDS, FAULTS)

    (deed,) = [step for step in trajectory.steps if step.action.server == "phone"]
    assert deed.rules[0]["fired"]
    assert Recovery().score(trajectory).value is None
    assert BlindRetries().score(trajectory).value is None
