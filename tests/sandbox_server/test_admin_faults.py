"""Faults toggled over the admin API while agents are connected: revisions, refusals, explanations, near misses."""

from collections.abc import AsyncIterator
from typing import Any

import jsonschema_rs
import pytest

from tests.sandbox_server.owned import Owned, owned

pytestmark = pytest.mark.anyio
HERE = "/episodes/default/faults"
FAILS = {"name": "fails", "on": "shop.*", "fault": "tool_error"}


@pytest.fixture
async def own() -> AsyncIterator[Owned]:
    async with owned() as opened:
        yield opened


def names(shown: Any) -> list[str]:
    return [rule["name"] for profile in shown["profiles"] for rule in profile["rules"]]


async def test_the_catalogue_tells_every_profile_and_every_kind(own: Owned) -> None:
    profiles = await own.ask("GET", "/catalog/profiles")
    kinds = await own.ask("GET", "/catalog/faults")
    schema = jsonschema_rs.validator_for(profiles["rule_schema"])

    assert [each["name"] for each in profiles["profiles"]] == [
        "calm", "dropped-wire", "flaky-api", "garbled", "quiet-lies", "rate-limited", "shifting-ground", "slow-lane",
    ]  # fmt: skip
    for each in profiles["profiles"]:
        schema.validate({"profile": each["name"], "rules": each["rules"]})
    assert not schema.is_valid({"profile": "x", "rules": [{"fault": "never"}]})
    assert not schema.is_valid({"profile": "x", "rules": [{"fault": "latency", "with": {"fixd": 1}}]})
    assert len(kinds["faults"]) >= 45 and len(kinds["triggers"]) == 8
    assert {each["layer"] for each in kinds["faults"]} == {
        "answer", "content", "rpc", "http", "connection", "stdio", "state", "time",
    }  # fmt: skip


async def test_rules_are_put_added_patched_switched_and_fired(own: Owned) -> None:
    put = await own.ask("PUT", HERE, {"profiles": [{"profile": "mine", "rules": [FAILS]}]})
    first = await own.sell(3)
    patched = await own.ask("PATCH", HERE, {"name": "mine/fails", "patch": {"nth": 5, "with": {"text": "Not now."}}})
    second = await own.sell(4)
    await own.ask("POST", f"{HERE}/fire", {"rule": "mine/fails"})
    third = await own.sell(5)
    off = await own.ask("PATCH", HERE, {"name": "mine", "enabled": False})
    added = await own.ask("POST", HERE, {"rules": [{"name": "slow", "fault": "latency", "with": {"fixed": "2s"}}]}, 201)

    assert (first, second, third) == ("An unexpected error occurred.", "done", "Not now.")
    assert [shown["revision"] for shown in (put, patched, off, added)] == [1, 2, 4, 5]
    assert patched["profiles"][0]["rules"][0]["trigger"] == "nth" and off["idle"] and not added["idle"]
    assert names(added) == ["mine/fails", "inline/slow"]


async def test_a_change_of_something_that_changed_meanwhile_is_refused(own: Owned) -> None:
    seen = await own.client.get(HERE)
    await own.ask("PUT", HERE, {"profiles": ["flaky-api"]}, headers={"if-match": seen.headers["etag"]})
    late = await own.ask("PUT", HERE, {"profiles": []}, 412, headers={"if-match": seen.headers["etag"]})

    assert late["code"] == "changed_meanwhile"
    assert len((await own.ask("GET", HERE))["profiles"]) == 1


@pytest.mark.parametrize(("verb", "path", "body", "status", "words"), [
    ("PUT", HERE, {"profiles": ["never"]}, 422, "there is no fault profile 'never'"),
    ("PUT", HERE, {"profiles": ["calm", "calm"]}, 422, "named twice"),
    ("PUT", HERE, {"profiles": [{"profile": "x", "rules": [{"fault": "nope"}]}]}, 422, "there is no fault 'nope'"),
    ("POST", HERE, {"rules": [{"on": "billing.*", "fault": "reset"}]}, 422, "there is no server 'billing'"),
    ("POST", HERE, {"rules": [{"state": "rich", "fault": "reset"}]}, 422, "there is no predicate 'rich'"),
    ("PATCH", HERE, {"name": "x/y", "enabled": True}, 404, "there is no rule 'x/y'"),
    ("POST", f"{HERE}/fire", {"rule": "x/y"}, 404, "there is no rule 'x/y'"),
    ("POST", f"{HERE}/explain", {"server": "x", "tool": "y"}, 404, "there is no server 'x'"),
])  # fmt: skip
async def test_what_cannot_be_is_refused_and_changes_nothing(
    own: Owned, verb: str, path: str, body: Any, status: int, words: str
) -> None:
    refused = await own.ask(verb, path, body, status)

    assert words in refused["detail"]
    assert (await own.ask("GET", HERE))["revision"] == 0


async def test_explanations_count_nothing_and_near_misses_name_the_condition(own: Owned) -> None:
    rule = {**FAILS, "where": {"operation": "delete"}, "nth": 1}
    await own.ask("PUT", HERE, {"profiles": [{"profile": "mine", "rules": [rule]}]})
    supposed = {"server": "shop", "tool": "do", "arguments": {"operation": "delete", "with": {}}}
    told = [await own.ask("POST", f"{HERE}/explain", supposed) for _ in range(2)]
    await own.sell(3)
    near = await own.ask("GET", f"{HERE}/near-misses")

    assert told[0] == told[1] and told[0]["rules"][0]["fired"] and told[0]["attempt"] == 1
    assert near["near_misses"][0] | {"now_ns": 0} == {
        "rule": "mine/fails", "server": "shop", "tool": "do", "call": 1, "missed": "where.operation does not hold",
        "now_ns": 0,
    }  # fmt: skip


async def test_rules_can_be_for_a_while_of_the_worlds_time(own: Owned) -> None:
    await own.ask("POST", HERE, {"rules": [FAILS], "expires_in": "10s"}, 201)
    first = await own.sell(3)
    await own.ask("POST", "/episodes/default/clock/advance", {"by": 10})

    assert (first, await own.sell(3)) == ("An unexpected error occurred.", "done")


@pytest.mark.parametrize("name", ["mine", "mine/fails"])
async def test_what_has_ended_is_turned_on_again_and_explained_and_not_fired_before(own: Owned, name: str) -> None:
    await own.ask("PUT", HERE, {"profiles": [{"profile": "mine", "rules": [FAILS]}], "expires_in": "10s"})
    if name != "mine":
        await own.ask("PATCH", HERE, {"name": "mine", "enabled": True, "expires_in": "99s"})
        await own.ask("PATCH", HERE, {"name": name, "expires_in": "10s"})
    first = await own.sell(3)
    await own.ask("POST", "/episodes/default/clock/advance", {"by": 20})
    over = await own.sell(3)
    refused = await own.ask("POST", f"{HERE}/fire", {"rule": "mine/fails"}, 422)
    told = await own.ask("POST", f"{HERE}/explain", {"server": "shop", "tool": "do"})
    shown = await own.ask("PATCH", HERE, {"name": name, "enabled": True})

    assert (first, over) == ("An unexpected error occurred.", "done")
    assert refused["detail"] == "mine/fails has ended, and would not fire"
    assert "ended at" in told["rules"][0]["silent"] and not told["rules"][0]["matched"]
    assert shown["profiles"][0]["enabled"] and shown["profiles"][0]["rules"][0]["enabled"]
    assert await own.sell(3) == "An unexpected error occurred."


async def test_explanations_name_rules_that_are_off(own: Owned) -> None:
    await own.ask("PUT", HERE, {"profiles": [{"profile": "mine", "rules": [{**FAILS, "enabled": False}]}]})
    rule = (await own.ask("POST", f"{HERE}/explain", {"server": "shop", "tool": "do"}))["rules"]
    await own.ask("PATCH", HERE, {"name": "mine", "enabled": False})
    both = (await own.ask("POST", f"{HERE}/explain", {"server": "shop", "tool": "do"}))["rules"]

    assert [each["silent"] for each in (*rule, *both)] == ["it is off", "the profile mine is off"]


async def test_a_reset_puts_counters_back_and_keeps_what_is_toggled(own: Owned) -> None:
    rule = {**FAILS, "nth": 1}
    await own.ask("PUT", HERE, {"profiles": [{"profile": "mine", "rules": [rule]}]})
    before = [await own.sell(number) for number in (3, 4)]
    await own.ask("POST", "/reset")
    after = [await own.sell(number) for number in (3, 4)]
    await own.ask("POST", "/reset", {"clear_faults": True})

    assert before == after == ["An unexpected error occurred.", "done"]
    assert (await own.ask("GET", HERE))["profiles"] == []


async def test_episodes_open_with_faults_and_forks_keep_them(own: Owned) -> None:
    await own.ask("PUT", HERE, {"profiles": [{"profile": "mine", "rules": [{**FAILS, "nth": 2}]}]})
    await own.sell(3)
    fork = await own.ask("POST", "/episodes/default/fork", {}, 201)
    world = {"world": "w", "servers": {"files": {"kind": "filesystem", "tree": {"a": "b"}}}}
    opened = await own.ask("POST", "/episodes", {"world": world, "faults": ["flaky-api+slow-lane"]}, 201)
    refused = await own.ask(
        "POST",
        "/episodes",
        {"world": world, "faults": [{"profile": "x", "rules": [{"on": "a.*", "fault": "reset"}]}]},
        422,
    )

    assert len((await own.ask("GET", f"/episodes/{opened['id']}/faults"))["profiles"]) == 2
    assert refused["code"] == "unfit_rule" and len((await own.ask("GET", "/episodes"))["episodes"]) == 3
    assert await own.do("shop", "execute", {"sql": "select 1"}, fork["token"]) == "An unexpected error occurred."
    assert await own.sell(4) == "An unexpected error occurred."


@pytest.mark.parametrize("back", ["reset", "restore"])
async def test_what_has_ended_stays_ended_when_the_clock_is_set_back(own: Owned, back: str) -> None:
    """And what lasts has as long as it still had."""
    await own.ask("PUT", HERE, {"profiles": [{"profile": "mine", "rules": [FAILS]}], "expires_in": "10s"})
    await own.ask("POST", "/episodes/default/clock/advance", {"by": 20})
    over = await own.sell(3)
    await own.ask("POST", f"/episodes/default/{back}", {"step": 0} if back == "restore" else {})
    again = await own.sell(3)
    await own.ask("PATCH", HERE, {"name": "mine", "enabled": True, "expires_in": "10s"})
    await own.ask("POST", "/episodes/default/clock/advance", {"by": 5})
    await own.ask("POST", f"/episodes/default/{back}", {"step": 0} if back == "restore" else {})
    lasting = await own.sell(3)
    await own.ask("POST", "/episodes/default/clock/advance", {"by": 6})

    assert (over, again, lasting) == ("done", "done", "An unexpected error occurred.")
    assert await own.sell(3) == "done"


async def test_several_profiles_are_added_or_none(own: Owned) -> None:
    wrong = {"profile": "wrong", "rules": [{**FAILS, "on": "shop.nothing"}]}
    mine = {"profile": "mine", "rules": [FAILS]}
    await own.ask("POST", HERE, {"profiles": [mine, wrong]}, 422)
    nothing = await own.ask("GET", HERE)
    both = await own.ask("POST", HERE, {"profiles": [mine, "calm"]}, 201)

    assert nothing["profiles"] == [] and nothing["revision"] == 0
    assert [profile["name"] for profile in both["profiles"]] == ["mine", "calm"]
