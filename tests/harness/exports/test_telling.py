"""How episodes are told that are not the usual: conversations, calls without an answer, odd bytes, names that clash."""

import sys
from pathlib import Path
from typing import Any

import pytest

import soundstage
from harness.exporting.conversation import Acted, Heard, Said
from harness.exporting.telling import Names, told
from harness.exporting.texts import clean, clean_value, told_text
from harness.recording.toolbox import ShownServer
from harness.trajectory import Action, AgentInfo, Closing, Departure, Limits, Opening, Seeds, Step, Trajectory
from tests.harness.exports.runs import rows
from tests.harness.talks import desk_text
from tests.harness.test_conversing_agents import BOT, REPLIES

BOX = (ShownServer(name="files", kind="filesystem", tools=({"name": "read", "inputSchema": {"type": "object"}},)),)


def step(number: int, tool: str = "read", **fields: Any) -> Step:
    given = {
        "actor": "agent", "observation": "", "action": Action(server="files", tool=tool, arguments={"n": number}),
        "result": {"result": {"content": [{"type": "text", "text": f"answer {number}"}]}}, "failed": False,
        "world_state_hash": "", "world_time": "2026-03-02T09:00:00Z", "effect": number, "arrival": number,
        "changes": [], "real_ms": 0.0,
    }  # fmt: skip
    return Step(step_number=number, **{**given, **fields})


def trajectory(*steps: Step, answer: str | None = "done") -> Trajectory:
    opening = Opening(
        trajectory_id="t", scenario="s", scenario_hash="h", task="Do it.", world="w", trial=1,
        seeds=Seeds(world=1, user=2, faults=3, agent=4), agent=AgentInfo(kind="command", spec="x"), limits=Limits(),
        isolation="none", clock="flowing", start_digest="", soundstage="0", started_at="now",
    )  # fmt: skip
    closing = Closing(
        outcome="success", departure=Departure(how="finished", answer=answer), checks=[], reward=1.0,
        steps=len(steps), final_digest="", world_seconds=0.0, wall_seconds=0.0,
    )  # fmt: skip
    return Trajectory(opening=opening, steps=steps, closing=closing)


def events(*steps: Step) -> list[Any]:
    return list(told(trajectory(*steps), BOX, Names([BOX])).events)


def test_calls_under_way_side_by_side_stand_together_in_the_order_of_their_arrivals() -> None:
    first = step(1, arrival=2, arrived_ns=20, told_ns=50)
    second = step(2, arrival=1, arrived_ns=10, told_ns=60)
    later = step(3, arrival=3, arrived_ns=60, told_ns=70)

    [task, together, alone, said] = events(first, second, later)

    assert (task, said) == (Heard("Do it."), Said("done"))
    assert [(call.id, call.result) for call in together.calls] == [("call_1", "answer 2"), ("call_2", "answer 1")]
    assert [call.id for call in alone.calls] == ["call_3"]


def test_a_call_without_an_answer_has_none_and_people_acting_are_nobodys_turn() -> None:
    [_, acted, _] = events(step(1, result={}), step(2, actor="user"))

    assert isinstance(acted, Acted)
    assert [call.result for call in acted.calls] == [None]


def test_calls_keep_the_names_under_which_they_were_made() -> None:
    renamed = step(1, notes={"called": {"tool": "read_v2", "arguments": {"path": "a"}}})
    found = told(trajectory(renamed), BOX, Names([BOX]))

    assert found.unoffered == ("files__read_v2",)
    assert isinstance(found.events[1], Acted)
    assert found.events[1].calls[0].arguments == {"path": "a"}


def test_names_that_would_clash_are_told_apart_and_fit_every_interface() -> None:
    tools = ({"name": "b__c"}, {"name": "x" * 80}, {"name": "ü.ö"}, {"name": "ä.ö"})
    box = (
        ShownServer(name="a", kind="tools", tools=tools),
        ShownServer(name="a__b", kind="tools", tools=({"name": "c"},)),
    )
    names = Names([box]).known

    assert len(set(names.values())) == len(names) == 5
    assert all(len(name) <= 64 and name.replace("_", "").isalnum() and name.isascii() for name in names.values())


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("a\ud83d\ude00b", "a😀b"), ("half \ud800 one", "half \ufffd one"), ("plain", "plain"), ("\x00ü", "\x00ü")],
)
def test_texts_become_valid_unicode(given: str, wanted: str) -> None:
    assert clean(given) == wanted


def test_values_become_what_every_reader_of_json_takes() -> None:
    value = {"n": 2**70, "x": float("nan"), "\ud800": [True, None, 2**62]}

    assert clean_value(value) == {"n": str(2**70), "x": "nan", "\ufffd": [True, None, 2**62]}


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ({}, None),
        ({"error": {"code": -32601, "message": "no"}}, "no"),
        ({"result": {"content": [{"type": "audio", "data": "AAAA", "mimeType": "audio/wav"}]}}, "[audio/wav, 3 bytes]"),
        ({"result": {"content": [{"type": "resource", "resource": {"uri": "a:b", "blob": "AA=="}}]}},
         "[application/octet-stream, 1 bytes]"),
        ({"result": {"content": [{"type": "resource_link", "uri": "a:b"}, {"type": "text", "text": "c"}]}}, "a:b\nc"),
        ({"result": {"content": [], "structuredContent": {"a": 1}}}, '{"a":1}'),
        ({"result": "odd"}, '"odd"'),
    ],
)  # fmt: skip
def test_answers_are_told_as_text(answer: Any, wanted: str | None) -> None:
    assert told_text(answer) == wanted


def test_agents_that_converse_have_the_persons_words_as_the_users(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(desk_text())
    (tmp_path / "bot.py").write_text(BOT)
    soundstage.run(tmp_path / "desk.yaml", agent=f"chat:{sys.executable} {tmp_path / 'bot.py'}", out=tmp_path / "run")
    soundstage.export(tmp_path / "run", format="trl", out=tmp_path / "out", outcomes=["failure", "success"])

    [row] = rows(tmp_path / "out" / "train.jsonl")

    assert [message["role"] for message in row["messages"]][:4] == ["system", "user", "assistant", "user"]
    assert row["messages"][0]["content"].startswith("Help the customer")
    assert row["messages"][1]["content"] == "I was charged twice. Sort it out."
    assert [each["content"] for each in row["messages"] if each["role"] == "assistant"] == list(
        REPLIES[: len(row["messages"]) // 2]
    )
    assert not any(tool["function"]["name"].startswith("customer__") for tool in row["tools"])
