"""Rules that ask about the state of the world: what they find, what they cost, and what is refused."""

from collections.abc import AsyncIterator
from typing import Any

import jsonschema_rs
import pytest

from fault_injection.profile import profile_of
from fault_injection.schema import profile_schema
from sandbox_server.faults import looking
from sandbox_server.faults.fitting import Unfit
from tests.sandbox_server.owned import Owned, owned
from worlds.yamlfile import parse_yaml

pytestmark = pytest.mark.anyio
HERE = "/episodes/default/faults"
RICH = {"sql": "select count(*) from shop.orders", "at_least": 3}
ENDLESS = {"sql": "select count(*) from range(100000000) a, range(100000) b where a.range + b.range = 3", "at_least": 1}


@pytest.fixture
async def own() -> AsyncIterator[Owned]:
    async with owned() as opened:
        yield opened


def fails(state: Any, **more: Any) -> dict[str, Any]:
    return {"name": "fails", "on": "shop.*", "fault": "tool_error", "state": state, **more}


async def put(own: Owned, *rules: dict[str, Any], status: int = 200) -> Any:
    return await own.ask("PUT", HERE, {"profiles": [{"profile": "mine", "rules": list(rules)}]}, status)


async def test_a_rule_waits_for_a_state_of_the_world(own: Owned) -> None:
    await put(own, fails(RICH))
    told = [await own.sell(number) for number in (3, 4, 5)]
    entries = [entry for entry in own.default.ledger.entries if entry.kind == "call"]
    near = (await own.ask("GET", f"{HERE}/near-misses"))["near_misses"]

    assert told == ["done", "An unexpected error occurred.", "An unexpected error occurred."]
    assert entries[1].rules[0]["state"] == "3"
    assert [each["missed"] for each in near] == ["state does not hold: wanted at_least 3.0, found 2"]


@pytest.mark.parametrize(("state", "hit"), [
    ({"file": "/w/a.txt", "exists": True}, True),
    ({"file": "/w/z.txt", "exists": False, "server": "files"}, True),
    ({"file": "/w/z.txt", "exists": True}, False),
    ({"file": "/w/a.txt", "matches": "^on"}, True),
    ({"file": "/w/a.txt", "is": "two"}, False),
    ({"sql": "select name from shop.orders where id = $id", "parameters": {"id": 2}, "is": "Bo"}, True),
    ({"sql": "select id from shop.orders order by id", "rows": [1, 2]}, True),
    ({"sql": "select count(*) from shop.orders s, before.shop.orders b", "is": 4}, True),
    ({"sql": "select name from shop.orders where id = 99", "is": "Bo"}, False),
    ({"sql": "select now() >= timestamptz '2026-03-02 09:00:00'", "is": True}, True),
    ({"sql": "select error('no')", "is": True}, False),
])  # fmt: skip
async def test_what_is_asked_and_what_is_expected(own: Owned, state: Any, hit: bool) -> None:
    await put(own, fails(state))
    supposed = {"server": "shop", "tool": "do", "arguments": {}}
    told = (await own.ask("POST", f"{HERE}/explain", supposed))["rules"][0]

    assert (await own.sell(3) != "done") is hit is told["matched"]
    assert hit or told["missed"].startswith("state ")


@pytest.mark.parametrize(("state", "words"), [
    ({"sql": "select count(*) from shop.nothing", "is": 1}, "there is no table shop.nothing"),
    ({"sql": "select nothing from shop.orders", "is": 1}, "nothing"),
    ({"sql": "selec", "is": 1}, "syntax error"),
    ({"sql": "delete from shop.orders", "is": 1}, "SELECT"),
    ({"sql": "select 1"}, "it expects nothing"),
    ({"sql": "select 1", "file": "/w/a.txt", "is": 1}, "ask one thing"),
    ({"file": "/w/a.txt", "exists": True, "server": "shop"}, "'shop' is no file server"),
    ({"file": "/etc/passwd", "exists": True}, "never changes"),
    ({"file": "/w/a.txt", "matches": "(a+)+(?=b)"}, "no regular expression"),
])  # fmt: skip
async def test_a_question_that_the_world_cannot_answer_is_refused(own: Owned, state: Any, words: str) -> None:
    refused = await put(own, fails(state), status=422)

    assert words in refused["detail"]
    assert (await own.ask("GET", HERE))["revision"] == 0


async def test_the_refusal_names_the_place_in_the_file(own: Owned) -> None:
    text = (
        "profile: mine\nrules:\n  - fault: tool_error\n    state:\n      sql: select 1 from shop.nothing\n      is: 1\n"
    )

    with pytest.raises(Unfit, match=r"^bad\.yaml:5:7: mine/.*there is no table shop.nothing"):
        own.default.faults.put([profile_of(parse_yaml(text, "bad.yaml"))])


async def test_only_calls_that_meet_everything_else_are_worth_a_look(
    own: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    true_query = looking._queried

    def counted(question: Any, *rest: Any) -> Any:
        asked.append(question.sql)
        return true_query(question, *rest)

    monkeypatch.setattr(looking, "_queried", counted)
    await put(own, fails(RICH, where={"operation": "never"}), fails(RICH, name="other", where={"operation": "insert"}))
    for number in (3, 4):
        await own.sell(number)
    supposed = {"server": "shop", "tool": "do", "arguments": {"operation": "insert"}}
    for _ in range(3):
        await own.ask("POST", f"{HERE}/explain", supposed)

    assert len(asked) <= 3  # once for each state


async def test_a_hostile_question_is_killed_and_the_ledger_says_so(own: Owned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "WAIT_S", 0.3)
    await put(own, fails(ENDLESS))
    told = [await own.sell(number) for number in range(3, 8)]
    entries = [entry for entry in own.default.ledger.entries if entry.kind == "call"]

    assert told == ["done"] * 5
    assert "longer than 0.3 s" in entries[0].rules[0]["missed"] and not entries[0].rules[0]["matched"]
    assert "given up after 3" in entries[4].rules[0]["missed"]


async def test_what_is_due_has_happened_before_anybody_looks(own: Owned) -> None:
    event = {"server": "files", "operation": "write", "with": {"path": "/w/late.txt", "text": "now"}}
    rule = {"name": "soon", "on": "shop.*", "fault": "interruption", "with": {"event": event, "after": "10s"}, "nth": 1}
    await put(own, fails({"file": "/w/late.txt", "exists": True}), rule)
    first = await own.sell(3)
    await own.ask("POST", "/episodes/default/clock/advance", {"by": 11})

    assert (first, await own.sell(4)) == ("done", "An unexpected error occurred.")


def test_editors_know_the_questions() -> None:
    schema = jsonschema_rs.validator_for(profile_schema())

    assert schema.is_valid({"profile": "x", "rules": [fails(RICH)]})
    assert not schema.is_valid({"profile": "x", "rules": [fails({"sqll": "select 1"})]})
