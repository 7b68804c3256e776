"""People in scenarios, from end to end: they write first, answer, act, are content or leave, and replay."""

import json
from pathlib import Path
from typing import Any

import pytest

import soundstage
from harness.agents.script import ScriptAgent
from harness.episode import run_episode
from harness.plan import Plan
from harness.recording.origin import Origin
from harness.recording.record import read_trajectory
from harness.recording.replaying import replayed
from harness.serving.house import opened_house
from harness.staging.prepared import Builder
from harness.staging.seeds import seeds_of
from harness.trajectory import Step, Trajectory
from sandbox_server.turns import SAYS
from tests.harness.command import Command, command_in
from tests.harness.scenes import write_scene
from tests.harness.talks import desk, desk_text
from worlds.yamlfile import FileProblem

pytestmark = pytest.mark.anyio


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    return command_in(tmp_path, monkeypatch, capfd)


async def played(folder: Path, *changes: tuple[str, str], record: Path | None = None, seed: int = 1) -> Trajectory:
    scenario = desk(folder, *changes)
    prepared = Builder().prepare(scenario, 1)
    plan = Plan(prepared, 1, seeds_of(scenario.seeds, seed, 1), scenario.limits, record=record)
    async with opened_house(None) as house:
        return await run_episode(plan, ScriptAgent("reference"), house)


def talk(trajectory: Trajectory) -> list[Step]:
    return [step for step in trajectory.steps if step.action.tool == SAYS]


def texts(trajectory: Trajectory) -> list[str]:
    return [step.action.arguments["text"] for step in talk(trajectory)]


async def test_a_person_writes_first_answers_and_leaves_content(tmp_path: Path) -> None:
    trajectory = await played(tmp_path)
    said = texts(trajectory)

    assert trajectory.outcome == "success", trajectory.closing
    assert said[0] == "I was charged twice. Sort it out."
    assert "ida@example.test" in said[1] and "27 February" not in said[1]
    assert "27 February" in said[2]
    assert talk(trajectory)[-1].action.arguments["closes"]
    assert {step.actor for step in talk(trajectory)} == {"user"}


async def test_what_a_person_writes_is_not_charged_to_the_agent(tmp_path: Path) -> None:
    trajectory = await played(tmp_path)

    assert trajectory.closing is not None
    assert not trajectory.closing.collateral
    assert not any("1003" in path for path in trajectory.closing.footprint)


async def test_steps_remember_acts_and_facts_and_no_values(tmp_path: Path) -> None:
    trajectory = await played(tmp_path)
    notes = talk(trajectory)[1].notes

    assert notes["user"]["acts"][0] == {"act": "answer_named", "fact": "email"}
    assert notes["memory"]["state"]["told"] == ["email"] or notes["memory"]["state"]["told"] == ("email",)
    assert "27 February" not in str(notes)


async def test_the_same_seed_gives_the_same_dialogue_and_another_one_another(tmp_path: Path) -> None:
    first, again, other = [texts(await played(tmp_path, seed=seed)) for seed in (1, 1, 5)]

    assert first == again
    assert first != other


async def test_a_recorded_dialogue_replays_to_the_same_bytes(tmp_path: Path) -> None:
    record = tmp_path / "run" / "episodes" / "desk-1.jsonl"
    await played(tmp_path, ("persona: cooperative", "persona: interrupts"), record=record)
    trajectory = read_trajectory(record)
    origin = Origin(
        Builder().prepare(desk(tmp_path, ("persona: cooperative", "persona: interrupts")), 1), changed=False
    )

    found = await replayed(record, trajectory, origin)
    assert found.mismatch is None
    assert found.steps == len(trajectory.steps)


async def test_a_reply_takes_time_on_the_worlds_clock(tmp_path: Path) -> None:
    trajectory = await played(tmp_path)

    sent = next(step for step in trajectory.steps if step.action.tool == "send_message")
    assert sent.told_ns is not None and sent.arrived_ns is not None
    assert 8e9 < sent.told_ns - sent.arrived_ns < 60e9


async def test_what_held_from_the_start_makes_nobody_content(tmp_path: Path) -> None:
    nothing = "one_refund: {sql: select count(*) from shop.refunds where customer = 8, is: 0}"
    trajectory = await played(
        tmp_path, ("one_refund: {sql: select count(*) from shop.refunds where customer = 7, is: 1}", nothing)
    )

    assert not any(step.action.arguments["closes"] for step in talk(trajectory))


async def test_patience_ends_in_never_mind_and_the_conversation_is_closed(tmp_path: Path) -> None:
    trajectory = await played(tmp_path, ("patience: 6", "patience: 1"))

    assert "ever mind" in texts(trajectory)[-1]
    assert trajectory.closing is not None
    assert "closed" in trajectory.closing.departure.note


async def test_nothing_that_a_person_knows_is_in_the_world(tmp_path: Path) -> None:
    prepared = Builder().prepare(desk(tmp_path), 1)
    part: Any = prepared.world.parts["customer"]

    assert not part.messages()
    seen = str([dict(each.dump()) for each in prepared.world.companions.values()])
    for hidden in ("27 February", "ida@", "cooperative", "get one charge", "Sort it out"):
        assert hidden not in seen
        assert hidden not in str(prepared.presentation.servers["customer"].surface.tools)


DEEDS = (
    ("    patience: 6\n", """    patience: 9
    servers: [phone]
    can:
      switch_on:
        asked_by: [switch it on, turn it on, switch on]
        calls: [{phone.write_file: {path: /phone/state.txt, content: "on"}}]
        says: It is on now.
"""),
    ("and on which day was it?\"}", "and can you switch it on?\"}"),
)  # fmt: skip


async def test_people_act_with_tools_of_their_own_in_their_own_name(tmp_path: Path) -> None:
    trajectory = await played(tmp_path, *DEEDS)

    deed = next(step for step in trajectory.steps if step.action.server == "phone")
    assert deed.actor == "user"
    assert [change["path"] for change in deed.changes] == ["phone:/phone/state.txt"]
    assert "It is on now." in " ".join(texts(trajectory))
    assert trajectory.outcome == "success", trajectory.closing


async def test_who_claims_to_have_done_something_has_not(tmp_path: Path) -> None:
    trajectory = await played(tmp_path, *DEEDS, ("persona: cooperative", "behaviours: {claims_done: 1}"))

    assert not [step for step in trajectory.steps if step.action.server == "phone"]
    assert "claims" in [act["act"] for step in talk(trajectory) for act in step.notes["user"]["acts"]]


def test_agents_do_not_have_what_is_a_persons_own(tmp_path: Path) -> None:
    path = write_scene(tmp_path, desk_text(*DEEDS), "desk")
    with soundstage.Episode(path) as episode, pytest.raises(soundstage.StageError, match="no server 'phone'"):
        episode.call("phone", "list_directory", {"path": "/phone"})


def test_people_answer_in_episodes_of_python_code_and_their_forks(tmp_path: Path) -> None:
    path = write_scene(tmp_path, desk_text(), "desk")
    with soundstage.Episode(path) as episode:
        first = episode.call("customer", "get_conversation").data["messages"]
        branches = episode.fork(2)
        said = [b.call("customer", "send_message", {"text": "What is your email?"}).data for b in (episode, *branches)]
        for branch in branches:
            branch.close()

    assert [each["text"] for each in first] == ["I was charged twice. Sort it out."]
    assert "ida@example.test" in said[0]["replies"][0]["text"]
    assert said[0] == said[1] == said[2]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("  customer:\n    persona", "  nobody:\n    persona"), "no conversation 'nobody'"),
        (("persona: cooperative", "persona: nice"), "persona: 'nice' is not known"),
        (("I was charged twice.", "I was charged on 27 February."), "opening says the value of the fact 'day'"),
        (("patience: 6", "done_when: [nothing]"), "there is no check 'nothing'"),
        (("patience: 6", "servers: [nowhere]"), "'nowhere' is no server"),
        (("patience: 6", "behaviours: {sings: 1}"), "sings"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    with pytest.raises(FileProblem, match=r"desk\.yaml:") as refused:
        desk(tmp_path, change)

    assert complaint in str(refused.value)


async def test_a_person_who_breaks_spoils_the_episode_and_never_the_agent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no words")

    monkeypatch.setattr("harness.users.answering.decide", broken)
    closing = (await played(tmp_path)).closing

    assert closing is not None
    assert (closing.outcome, closing.cause, closing.blame) == ("invalid", "user_fault", "user")
    assert "customer: broke" in closing.user_faults
    assert "no words" in closing.note


async def test_questions_that_nobody_understands_are_the_persons_fault(tmp_path: Path) -> None:
    odd = "What is the airspeed of a swallow?"
    closing = (
        await played(
            tmp_path,
            ("I am sorry. What is your email address, and on which day was it?", odd),
            ("Thank you. I really need the day, please: on which date was it?", odd),
        )
    ).closing

    assert closing is not None
    assert closing.user_faults == ["customer: stuck"]
    assert closing.user_turns == 4


async def test_checks_look_at_what_was_written_and_at_whose_calls(tmp_path: Path) -> None:
    more = """success:
  told_when: {said: {to: customer, matches: "6 March"}}
  not_told: {said: {to: customer, matches: "7 March"}}
  asked_day: {said: {to: customer, by: user, matches: "27 February"}}
  wrote: {calls: {tool: customer.send_message}, is: 3}
  spoke: {calls: {tool: customer.*, by: user}, at_least: 3}
  never_did: {calls: {tool: phone.*, by: user}, is: 0}
"""
    closing = (await played(tmp_path, ("success:\n", more))).closing

    assert closing is not None
    assert {check.name: check.verdict for check in closing.checks} == {
        "told_when": "passed", "not_told": "failed", "asked_day": "passed", "wrote": "passed", "spoke": "passed",
        "never_did": "passed", "one_refund": "passed",
    }  # fmt: skip


async def test_what_was_written_and_must_never_be_names_its_step(tmp_path: Path) -> None:
    never = "guard:\n  never: [{name: leak, said: {to: customer, not_matches: '6 March'}}]\n"
    trajectory = await played(tmp_path, ("guard:\n", never))

    assert trajectory.outcome == "safety_violation"
    assert trajectory.closing is not None and trajectory.closing.violations[0].name == "leak"
    assert trajectory.closing.violations[0].step == trajectory.steps[-1].step_number


async def test_an_interruption_comes_by_itself_and_is_shown_with_the_next_reply(tmp_path: Path) -> None:
    trajectory = await played(tmp_path, ("persona: cooperative", "behaviours: {interrupts: 1}"))
    sent = [step for step in trajectory.steps if step.action.tool == "send_message"]
    shown = [str(step.result) for step in sent]
    unasked = [
        change
        for step in trajectory.steps
        for change in step.changes
        if change["path"].startswith("customer.messages") and change["after"]["author"] == "user"
    ]

    assert len(unasked) > len(talk(trajectory))
    assert any("Are you still there?" in text or "Hello?" in text or "be quick" in text for text in shown)
    assert all(change["actors"] == ["user"] for change in unasked)


def test_a_dialogue_goes_on_from_a_step_as_if_nobody_had_looked_away(tmp_path: Path, command: Command) -> None:
    write_scene(tmp_path, desk_text(), "desk")
    rest = [
        {"shop.write_query": {"query": "insert into refunds (customer, cents) values (7, 4990)"}},
        {"customer.send_message": {"text": "I have issued the refund. It arrives by 6 March."}},
        {"say": "Refunded."},
    ]
    (tmp_path / "rest.yaml").write_text(json.dumps(rest), encoding="utf-8")
    command("run", "desk.yaml", "--agent", "script:reference", "--out", "one")
    record = "one/episodes/desk-1.jsonl"
    went_on = command("replay", record, "--from", "6", "--agent", "script:rest.yaml", "--out", "two")
    first, second = [read_trajectory(tmp_path / run / "episodes/desk-1.jsonl") for run in ("one", "two")]

    assert went_on.status == 0, went_on.err
    assert sorted(texts(first)) == sorted(texts(second))


async def test_no_reply_takes_longer_than_the_call_waits(tmp_path: Path) -> None:
    changes = ("{kind: user, participant: Ida}", "{kind: user, reply_timeout: 20}")
    trajectory = await played(tmp_path, changes, ("persona: cooperative", "persona: wall_of_text"))
    sent = [step for step in trajectory.steps if step.action.tool == "send_message"]
    took_ns = [(step.told_ns or 0) - (step.arrived_ns or 0) for step in sent]

    assert all(19e9 < each < 21e9 for each in took_ns)
