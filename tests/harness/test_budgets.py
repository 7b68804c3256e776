"""Budgets end runs cleanly: no other episode begins, the rest is not run, and a larger budget goes on."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.agents import script
from harness.running.budget import read_budget
from harness.trajectory import Departure, Usage
from tests.harness.command import Command
from tests.harness.scenes import write_scene


@pytest.fixture
def thinking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts that use a thousand tokens each, as an agent with a model would."""
    act = script.ScriptAgent.act

    async def thought(self: Any, assignment: Any) -> Departure:
        assignment.mind.spend(900, 100)
        return await act(self, assignment)

    monkeypatch.setattr(script.ScriptAgent, "act", thought)


@pytest.mark.usefixtures("thinking")
@pytest.mark.parametrize(
    ("words", "ended", "told"),
    [
        (["--budget", "tokens=2.5k"], 3, "3,000 of 2,500 tokens are used"),
        (["--budget", "usd=0.01", "--price", "3/15"], 3, "0.01 of 0.01 usd are spent"),
        (["--budget", "usd=0.01", "--price", "other=0/0", "--price", "3/15"], 3, "0.01 of 0.01 usd are spent"),
        (["--budget", "tokens=1M", "--budget", "minutes=0.000001"], 0, "1e-06 minutes are over"),
    ],
)
def test_a_budget_ends_a_run_and_a_larger_one_goes_on(
    soundstage: Command, tmp_path: Path, words: list[str], ended: int, told: str
) -> None:
    run = ["run", write_scene(tmp_path), "--agent", "script:reference", "--trials", 6, "--out", "out"]

    ran = soundstage(*run, *words)
    again = soundstage("run", "--resume", "out")
    more = soundstage("run", "--resume", "out", "--budget", "tokens=1M", "--json")

    assert ran.status == 6, ran.err
    assert f"{ended} of 6 planned episodes ended, 0 invalid, {6 - ended} not run." in ran.out
    assert f"The budget ended the run: {told}." in ran.out.replace("\n", " ")
    assert again.status == 6
    found = json.loads(more.out)
    assert (more.status, found["ended"], found["not_run"], found["stopped"]) == (0, 6, 0, None)
    assert found["spent"] == "6,000 of 1,000,000 tokens"
    assert json.loads((tmp_path / "out/manifest.json").read_text())["terms"]["budget"]["tokens"] == 1_000_000


@pytest.mark.usefixtures("thinking")
def test_what_is_certain_of_thresholds_outweighs_a_budget(soundstage: Command, tmp_path: Path) -> None:
    run = ["run", write_scene(tmp_path), "--agent", "script:reference", "--trials", 3, "--budget", "tokens=1500"]

    assert soundstage(*run, "--threshold", "success>=0.9").status == 6
    assert soundstage(*run, "--threshold", "success<=0.1").status == 4


def test_a_run_whose_last_episode_uses_the_budget_up_has_ended(soundstage: Command, tmp_path: Path) -> None:
    run = ["run", write_scene(tmp_path), "--agent", "script:reference", "--trials", 2, "--out", "out"]

    ran = soundstage(*run, "--budget", "tokens=1")

    assert ran.status == 0
    assert "Budget: 0 of 1 tokens, 2 episodes did not tell what they used." in ran.out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--budget", "tokens"], "write tokens=NUMBER (with k or M behind it for more), usd=NUMBER or minutes=NUMBER"),
        (["--budget", "euro=5"], "--budget 'euro=5' cannot be read"),
        (["--budget", "usd=5M", "--price", "1/2"], "--budget 'usd=5M' cannot be read"),
        (["--budget", "tokens=0"], "leaves nothing to use"),
        (["--budget", "tokens=1", "--budget", "tokens=2"], "--budget tokens is given twice"),
        (["--budget", "usd=5"], "a budget in usd needs a price of tokens"),
        (["--budget", "usd=5", "--price", "3"], "INPUT/OUTPUT in dollars per million tokens"),
        (["--budget", "usd=5", "--price", "1/2", "--price", "3/4"], "--price is given twice for any model"),
    ],
)
def test_budgets_that_say_nothing_are_refused(
    soundstage: Command, tmp_path: Path, words: list[str], complaint: str
) -> None:
    ran = soundstage("run", write_scene(tmp_path), "--agent", "script:reference", "--out", "out", *words)

    assert (ran.status, complaint in ran.err) == (2, True), ran.err
    assert not (tmp_path / "out").exists()


def test_a_model_without_a_price_is_counted_as_the_dearest() -> None:
    budget = read_budget(["usd=1"], ["small=1/1", "large=3/15"])

    used = Usage(input_tokens=1_000_000, output_tokens=1_000_000)
    assert budget.price("small").of(used) == 2
    assert budget.price("unknown").of(used) == budget.price(None).of(used) == 18
