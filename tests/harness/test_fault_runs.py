"""Faults in scenarios and runs: named, compared, recorded, replayed, scored, proved and blamed."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import soundstage
from harness.agent import Assignment
from harness.proving.shrinking import shrunk
from harness.recording.origin import Origin
from harness.recording.record import read_trajectory
from harness.recording.replaying import replayed
from harness.running.begin import carry_out, new_run
from harness.running.order import Order
from harness.staging.suite import collect
from harness.trajectory import Departure, Isolation, Outcome, Step, Undoing
from harness.verdicts.undoing import undone
from tests.harness.command import Command
from tests.harness.records import assert_published_form
from tests.harness.scenes import write_scene
from worlds.clock import Mode

BANK = """
soundstage: 1
task: Give account 1 ten points, once, and say how many it has then.
world:
  world: bank
  clock: 2026-03-02T09:00:00Z
  servers:
    bank:
      kind: sql
      schema: |
        create table accounts (id integer primary key, points integer);
        insert into accounts values (1, 5), (2, 0);
faults:
  - {name: late, on: bank.write_query, nth: 1, fault: timed_out, phase: after, with: {waits: 1s}}
success:
  once: {sql: "select points from bank.accounts where id = 1", is: 15}
  told: {said: {number: 15}}
guard: {may_change: ["bank.accounts[1].points"]}
limits: {steps: 9}
reference:
  - bank.write_query: {query: update accounts set points = points + 10 where id = 1}
    expect: error
  - bank.read_query: {query: select points from accounts where id = 1}
    as: now
  - say: "It has ${now.data[0].points}."
seeds: {world: 1}
"""
BLIND = """
- bank.write_query: {query: update accounts set points = points + 10 where id = 1}
  expect: error
- bank.write_query: {query: update accounts set points = points + 10 where id = 1}
- say: It has 15.
"""
PLAIN = """
- bank.write_query: {query: update accounts set points = points + 10 where id = 1}
- say: It has 15.
"""
INLINE = BANK[BANK.index("  - {name: late") : BANK.index("success:")]


def faulty(rules: str) -> str:
    """The bank with other faults."""
    return BANK.replace("faults:\n" + INLINE, f"faults: {rules}\n")


def ran(soundstage: Command, folder: Path, agent: str, *words: str, text: str = BANK) -> tuple[dict[str, Any], Path]:
    """A run of the bank by a script, as JSON, and the folder of its trajectories."""
    write_scene(folder, text, "bank")
    (folder / "agent.yaml").write_text(agent, encoding="utf-8")
    spec = "script:agent.yaml" if agent else "script:reference"
    told = json.loads(soundstage("run", "bank.yaml", "--agent", spec, "--out", "out", "--json", *words).out)
    return told, folder / "out/episodes"


WRONG = {
    "no such profile": ("nonsense", "there is no fault profile 'nonsense'"),
    "the same profile twice": ("calm+calm", "the profile 'calm' is named twice"),
    "no such fault": ("[{on: bank, fault: rain}]", "there is no fault 'rain'"),
    "a server that is not there": ("[{on: shop.*, fault: reset}]", "there is no server 'shop'"),
    "two rules of one name": (
        "[{name: a, on: bank, fault: reset}, {name: a, on: bank, fault: closed}]", "two rules are named 'a'"
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_faults_that_cannot_be_are_refused_with_their_place(soundstage: Command, tmp_path: Path, wrong: str) -> None:
    rules, words = WRONG[wrong]
    text = faulty(rules)
    write_scene(tmp_path, text, "bank")
    line = text[: text.index("faults:")].count("\n") + 1

    found = soundstage("run", "bank.yaml", "--agent", "script:nothing", "--out", "out")

    assert found.status == 2 or found.status == 1
    assert f"bank.yaml:{line}:" in found.err and words in found.err
    assert not (tmp_path / "out").exists()


def test_arms_share_seeds_and_are_compared_pair_by_pair(soundstage: Command, tmp_path: Path) -> None:
    (tmp_path / "lossy.yaml").write_text(
        "soundstage: 1\nprofile: lossy\nrules: [{name: lost, on: bank.write_query, fault: lost_write}]\n"
    )
    arms = ("--faults", "calm", "--faults", "lossy.yaml", "--trials", "3")

    told, episodes = ran(soundstage, tmp_path, PLAIN, *arms, "--junit", str(tmp_path / "j.xml"))

    calm, lossy = told["arms"]
    assert (calm["success"]["successes"], calm["against"], lossy["against"]) == (3, None, "calm")
    assert (lossy["pairs"], lossy["broke"], lossy["mended"], lossy["flipped"]["value"]) == (3, 3, 0, 1.0)
    assert 0 < lossy["flipped"]["low"] < 1
    assert [one["arm"] for one in told["scenarios"]] == ["calm", "lossy.yaml"]
    seeds = [[each["seeds"] for each in one["episodes"]] for one in told["scenarios"]]
    assert seeds[0] == seeds[1]
    first = read_trajectory(episodes / "bank@calm-1.jsonl").opening
    assert (first.arm, [profile["profile"] for profile in first.faults]) == ("calm", ["calm"])
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert [arm["name"] for arm in manifest["arms"]] == ["calm", "lossy.yaml"]
    assert len({planned["file"] for planned in manifest["planned"]}) == told["planned"] == 6
    cases = ElementTree.parse(tmp_path / "j.xml").getroot().iter("testcase")
    assert [case.get("name") for case in cases] == ["bank @calm", "bank @lossy.yaml"]


def test_a_table_groups_rows_by_arm(soundstage: Command, tmp_path: Path) -> None:
    write_scene(tmp_path, BANK, "bank")

    out = soundstage("run", "bank.yaml", "--agent", "script:nothing", "--faults", "calm", "--faults", "garbled").out

    assert "faults calm" in out and "faults garbled" in out
    assert "garbled against calm: none of 1 pairs came to something else" in out


@pytest.mark.parametrize("words", [("nonsense",), ("calm", "calm"), ("calm+calm",)])
def test_arms_that_cannot_be_are_refused(soundstage: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    write_scene(tmp_path, BANK, "bank")
    arms = [word for name in words for word in ("--faults", name)]

    found = soundstage("run", "bank.yaml", "--agent", "script:nothing", *arms)

    assert found.status != 0 and f"--faults {words[0]}" in found.err and not (tmp_path / "runs").exists()


def test_a_run_with_arms_goes_on_with_what_is_missing(soundstage: Command, tmp_path: Path) -> None:
    _, episodes = ran(soundstage, tmp_path, PLAIN, "--faults", "calm", "--faults", "garbled")
    (episodes / "bank@garbled-1.jsonl").unlink()
    kept = (episodes / "bank@calm-1.jsonl").read_bytes()

    told = json.loads(soundstage("run", "--resume", "out", "--json").out)

    assert (told["ended"], [one["arm"] for one in told["scenarios"]]) == (2, ["calm", "garbled"])
    assert (episodes / "bank@calm-1.jsonl").read_bytes() == kept and (episodes / "bank@garbled-1.jsonl").exists()


def test_steps_keep_rules_and_truth_and_show_tells_both(soundstage: Command, tmp_path: Path) -> None:
    told, episodes = ran(soundstage, tmp_path, "")
    path = episodes / "bank-1.jsonl"
    step = read_trajectory(path).steps[0]

    shown = soundstage("show", path).out

    assert told["scenarios"][0]["success"]["successes"] == 1
    assert_published_form(path)
    assert [(rule["rule"], rule["fired"]) for rule in step.rules] == [("inline/late", True)]
    assert step.true_result is not None and step.true_result != step.result
    assert "inline/late" in shown and "in truth" in shown and "affected_rows" in shown
    assert soundstage("replay", path).status == 0


FIGURES = ("duplicated_effects", "blind_retries", "false_claims", "recovery", "ignored_waits")


def test_scores_tell_blind_agents_from_careful_ones(soundstage: Command, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    careful, _ = ran(soundstage, tmp_path, "")
    (tmp_path / "out").rename(tmp_path / "careful")
    blind, episodes = ran(soundstage, tmp_path, BLIND)

    one, other = (told["scenarios"][0]["episodes"][0] for told in (careful, blind))

    assert [one["figures"][name] for name in FIGURES] == [0.0, 0.0, 0.0, 1.0, None]
    assert [other["figures"][name] for name in FIGURES[:4]] == [1.0, 1.0, 1.0, 0.0]
    assert (other["outcome"], other["blame"], other["undoing"]) == ("failure", "agent", "wrong")
    again = json.loads(soundstage("score", episodes / "bank-1.jsonl", "--json").out)["episodes"][0]["figures"]
    assert {name: again[name]["value"] for name in FIGURES} == {name: other["figures"][name] for name in FIGURES}


def test_figures_about_faults_are_not_measured_without_them(soundstage: Command, tmp_path: Path) -> None:
    told, _ = ran(soundstage, tmp_path, PLAIN, "--faults", "calm")

    figures = told["scenarios"][0]["episodes"][0]["figures"]

    assert [figures[name] for name in (*FIGURES, "recovery_cost")] == [None] * 6


@pytest.mark.parametrize(("pause", "ignored"), [("19998ms", 0.5), ("19999ms", 0.0)])
def test_waits_that_were_told_are_kept_or_ignored(
    soundstage: Command, tmp_path: Path, pause: str, ignored: float
) -> None:
    rule = "[{on: bank.read_query, nth: 1, fault: http_status, with: {status: 429, wait: 20s}}]"
    query = "- bank.read_query: {query: select 1 as one}\n"
    script = f"{query}  expect: error\n- wait: {pause}\n{query}" + ("  expect: error\n" if ignored else "")

    told, _ = ran(soundstage, tmp_path, script, text=faulty(rule))

    assert told["scenarios"][0]["episodes"][0]["figures"]["ignored_waits"] == ignored


def test_what_somebody_else_changed_is_not_charged_to_the_agent(soundstage: Command, tmp_path: Path) -> None:
    deed = "{do: merge, with: {table: accounts, row: {id: 2, points: 99}}}"
    rule = f"[{{on: bank.write_query, nth: 1, fault: concurrent_actor, with: {{do: {deed}}}}}]"

    told, episodes = ran(soundstage, tmp_path, PLAIN, text=faulty(rule))

    closing = read_trajectory(episodes / "bank-1.jsonl").closing
    assert closing is not None and closing.outcome == "success", told
    assert (closing.footprint, closing.collateral) == (["bank.accounts[1].points"], [])
    actors = {
        actor
        for step in read_trajectory(episodes / "bank-1.jsonl").steps
        for c in step.changes
        for actor in c["actors"]
    }
    assert actors == {"agent", "fault"}


def test_check_says_which_faults_the_reference_never_meets(soundstage: Command, tmp_path: Path) -> None:
    rest = "  - {name: unmet, on: bank.list_tables, fault: tool_error}\n"
    write_scene(tmp_path, BANK.replace(INLINE, INLINE + rest), "bank")

    told = json.loads(soundstage("check", "bank.yaml", "--json").out)["scenarios"][0]

    assert told["sound"]
    weak = [one["what"] for one in told["advice"] if one["weight"] == "weak"]
    assert [what for what in weak if "never meets" in what] == [
        "the reference never meets unmet: nothing shows that it can be got over"
    ]


def test_a_reference_that_cannot_get_over_a_fault_is_no_proof(soundstage: Command, tmp_path: Path) -> None:
    write_scene(tmp_path, faulty("[{on: bank.write_query, fault: lost_write}]"), "bank")

    told = json.loads(soundstage("check", "bank.yaml", "--json").out)["scenarios"][0]

    assert not told["sound"]


def test_blame_names_the_fewest_faults_that_a_failure_needs(soundstage: Command, tmp_path: Path) -> None:
    idle = "  - {name: harmless, on: bank.write_query, fault: latency, with: {fixed: 10ms}}\n"
    _, episodes = ran(soundstage, tmp_path, BLIND, text=BANK.replace(INLINE, INLINE + idle))

    told = json.loads(soundstage("blame", episodes / "bank-1.jsonl", "--json").out)
    shown = soundstage("blame", episodes / "bank-1.jsonl").out

    assert (told["with_all"], told["without_all"], told["blame"]) == ("failure", "success", "fault")
    assert [(each["rule"], each["flips"]) for each in told["removed"]] == [
        ("inline/late", True), ("inline/harmless", False), ("inline/harmless", False)
    ]  # fmt: skip
    assert [each["rule"] for each in told["smallest"]] == ["inline/late"]
    assert "The fewest faults that make it fail" in shown and "inline/late" in shown


def test_blame_falls_on_agents_that_fail_without_faults_too(soundstage: Command, tmp_path: Path) -> None:
    wrong = PLAIN.replace("It has 15", "It has 16").replace("- say", "  expect: error\n- say")
    _, episodes = ran(soundstage, tmp_path, wrong)

    told = json.loads(soundstage("blame", episodes / "bank-1.jsonl", "--json").out)

    assert (told["blame"], told["removed"]) == ("agent", [])


def test_only_failures_under_faults_can_be_blamed(soundstage: Command, tmp_path: Path) -> None:
    _, episodes = ran(soundstage, tmp_path, "")

    found = soundstage("blame", episodes / "bank-1.jsonl")

    assert found.status != 0 and "only a failure has a cause" in found.err


def test_episodes_in_python_have_the_faults_of_their_scenario_and_so_have_forks(tmp_path: Path) -> None:
    write = {"query": "update accounts set points = points + 10 where id = 1"}
    with soundstage.Episode(write_scene(tmp_path, BANK, "bank")) as episode:
        (fork,) = episode.fork()
        told = [each.call("bank", "write_query", write).text for each in (episode, fork)]
        again = episode.call("bank", "write_query", write).text

        assert told == ["Database error: database is locked"] * 2 and again == "[{'affected_rows': 1}]"
        assert [each.score("It has 15.").success for each in (episode, fork)] == [False, True]


class Toggler:
    """Turns its own faults on and off between calls, as the owner of a stage may."""

    kind = "toggler"
    spec = "toggler"
    clock: Mode = "virtual"
    where = "process"
    isolation: Isolation = "none"
    unrecorded: tuple[str, ...] = ()

    def check(self, scenario: Any) -> None:
        """Any scenario will do."""

    async def act(self, assignment: Assignment) -> Departure:
        """Call, toggle, call."""
        client, faults = assignment.client, assignment.client.episode.faults
        write = {"query": "update accounts set points = points + 10 where id = 1"}
        faults.switch("inline/late", enabled=False)
        await client.call("bank", "write_query", write)
        faults.switch("inline/late", enabled=True)
        faults.fire("inline/late")
        await client.call("bank", "write_query", write)
        faults.patch("inline/late", {"fault": "lost_write", "nth": None, "always": {}, "with": None, "phase": None})
        await client.call("bank", "write_query", write)
        return Departure(how="finished", answer="25")


def test_what_was_toggled_meanwhile_is_toggled_again_in_a_replay(tmp_path: Path) -> None:
    scene = str(write_scene(tmp_path, BANK, "bank"))
    agent: Any = Toggler()
    run = new_run(Order(collect([scene]), agent, paths=(scene,)), tmp_path / "out")
    carry_out(run, heed_signals=False)
    path = tmp_path / "out/episodes/bank-1.jsonl"
    trajectory = read_trajectory(path)

    found = anyio.run(replayed, path, trajectory, Origin(run.prepared[0], changed=False))

    assert trajectory.closing is not None and trajectory.closing.departure.how == "finished"
    assert [len(step.toggles) for step in trajectory.steps] == [1, 2, 1]
    assert [[rule["fault"] for rule in step.rules if rule["fired"]] for step in trajectory.steps] == [
        [], ["timed_out"], ["lost_write"]
    ]  # fmt: skip
    assert (found.mismatch, found.steps) == (None, 3)


def step(result: dict[str, Any], **rule: Any) -> Step:
    """A step with one answer, hit by a rule if one is given."""
    return Step.model_validate({
        "step_number": 1, "actor": "agent", "observation": "", "action": {"server": "a", "tool": "b"},
        "result": result, "failed": bool(result.get("error")), "world_state_hash": "", "world_time": "", "effect": 0,
        "changes": [], "real_ms": 0.0, "rules": [{"fired": True, **rule}] if rule else [],
    })  # fmt: skip


GOOD, BAD = step({"result": {"content": []}}), step({"error": {"code": 1, "message": "no"}})
LOST = step({}, layer="connection", ends_at="client")
DONE, CRASHED = Departure(how="finished", answer="x"), Departure(how="finished", exit_code=1)
ENDS: list[tuple[Outcome, Departure, list[Step], Undoing | None]] = [
    ("failure", CRASHED, [GOOD, LOST], "client_died"),
    ("timeout", Departure(how="minutes"), [LOST], "client_died"),
    ("failure", DONE, [LOST], "gave_up"),
    ("failure", DONE, [GOOD, BAD], "gave_up"),
    ("failure", CRASHED, [LOST, GOOD], "wrong"),
    ("failure", DONE, [], "wrong"),
    ("timeout", Departure(how="steps"), [GOOD], None),
    ("success", DONE, [BAD], None),
    ("invalid", CRASHED, [LOST], None),
]


@pytest.mark.parametrize(("outcome", "departure", "steps", "expected"), ENDS)
def test_a_failure_is_a_dead_client_an_agent_that_gave_up_or_one_that_was_wrong(
    outcome: Outcome, departure: Departure, steps: list[Step], expected: Undoing | None
) -> None:
    assert undone(outcome, departure, steps) == expected


@given(st.sets(st.integers(0, 19), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_shrinking_ends_with_just_what_is_needed(needed: set[int]) -> None:
    async def does(part: Any) -> bool:
        return needed <= set(part)

    assert set(anyio.run(shrunk, list(range(20)), does).kept) == needed
