"""What is declared beside a document: states, effects, invariants, code; and how mistakes in it are told."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.api.ground import DATA, FIRST_S, IDA, RULES, SPEC, Caller, ruled, service
from worlds.agenda import Wish
from worlds.blobs import MemoryBlobs
from worlds.clock import SECOND
from worlds.errors import ArchiveError, WorldError
from worlds.parts.api import origin
from worlds.parts.api.part import ApiPart
from worlds.worldfile import plan_world
from worlds.yamlfile import FileProblem, parse_yaml


@pytest.fixture
def call() -> Caller:
    return service()


def test_a_refund_reduces_what_is_left_and_says_so(call: Caller) -> None:
    charge = call.charge(500)
    refund = call("POST", "/refunds", {"charge": charge, "amount": 200})
    wishes = call.wishes

    assert refund.status == 201
    assert call("GET", f"/charges/{charge}").body["refunded"] == 200
    (event,) = call("GET", "/events").body
    assert event["type"] == "charge.refunded"
    assert event["data"] == {"refund": refund.body["id"]}
    assert wishes == [Wish((FIRST_S + 3 + 300) * SECOND, "inbox", "deliver", {"subject": "Refund of 200"})]


def test_a_refund_above_what_is_left_is_refused_and_leaves_nothing(call: Caller) -> None:
    charge = call.charge(500)
    call.part.settle("agent")
    before = call.part.fork()
    refused = call("POST", "/refunds", {"charge": charge, "amount": 501})

    assert refused.status == 400
    assert refused.body["error"] == {
        "type": "invalid_request_error",
        "code": "amount_too_large",
        "message": "Only 500 can be refunded.",
        "param": "amount",
    }
    assert call.part.same(before) and call.wishes == []


def test_a_demand_sees_the_other_resource(call: Caller) -> None:
    charge = call.charge(captured=False)
    refused = call("POST", "/refunds", {"charge": charge, "amount": 1})
    assert refused.body["error"]["message"] == f"Charge {charge} is pending."


def test_states_follow_each_other_as_declared(call: Caller) -> None:
    charge = call.charge()
    again = call("POST", f"/charges/{charge}/capture")
    assert again.status == 409
    with pytest.raises(WorldError, match="cannot become failed"):
        call.part.perform("transition", {"table": "charges", "key": charge, "to": "failed"}, call.moment())


def test_a_broken_invariant_undoes_the_call_and_is_noted() -> None:
    effect = {"on": "refunds.create", "do": [{"change": "charge", "add": {"refunded": "= amount + 1"}}]}
    call = service(rules=ruled(effects=[effect]))
    charge = call.charge()
    call.part.settle("agent")
    before = call.part.fork()

    broken = call("POST", "/refunds", {"charge": charge, "amount": 5})

    assert broken.status == 500
    assert broken.body["error"]["type"] == "api_error"
    assert broken.notes == {"broken_invariants": ["refunds_add_up"]}
    assert call.part.same(before)


def test_checks_can_ask_for_broken_invariants(call: Caller) -> None:
    charge = call.charge()
    assert call.part.broken_invariants(call.moment()) == []
    call.part.perform("patch", {"table": "charges", "key": charge, "record": {"refunded": 7}}, call.moment())
    assert call.part.broken_invariants(call.moment()) == ["refunds_add_up"]


def test_what_breaks_invariants_from_the_first_is_refused() -> None:
    charges = [{"id": "ch_1", "customer": IDA, "amount": 5, "refunded": 1}]
    with pytest.raises(WorldError, match="refunds_add_up"):
        service(data={**DATA, "charges": charges})


def test_an_event_makes_a_request(call: Caller) -> None:
    body = {"customer": IDA, "amount": 3}
    made = call.part.perform("request", {"method": "post", "path": "/charges", "body": body}, call.moment())
    assert made["amount"] == 3
    with pytest.raises(WorldError, match="answers 404"):
        call.part.perform("request", {"path": "/charges/ch_none"}, call.moment())


def test_a_steps_resources_are_found_by_a_condition() -> None:
    effect = {
        "on": "charges.create",
        "do": [{"change": "charges where customer = this.customer and id != this.id", "set": {"status": "failed"}}],
    }
    call = service(rules=ruled(effects=[effect], invariants={}))
    first, second = call.charge(captured=False), call.charge(captured=False)

    assert call("GET", f"/charges/{first}").body["status"] == "failed"
    assert call("GET", f"/charges/{second}").body["status"] == "pending"


CODE = """
from worlds.parts.api.hooks import Answer, Call, Service

service = Service()

@service.operation("quote")
def quote(call: Call) -> Answer:
    return Answer({"cents": 5 + len(list(call.where("customers")))}, headers=[("X-Quoted", call.letters(4))])

@service.before("refunds.create")
def late(call: Call) -> None:
    if call.resource["amount"] == 13:
        call.refuse(422, "unlucky", "Thirteen is not refunded.", "amount")
    if call.resource["amount"] == 14:
        raise ValueError("a mistake")
    if call.resource["amount"] == 15:
        raise SystemExit(0)

@service.after("charges.create")
def greet(call: Call) -> None:
    call.create("events", type="charge.created", data={"charge": call.resource["id"]})
    call.later("1h", "", "patch", table="charges", key=call.resource["id"], record={"status": "failed"})

@service.invariant("few_customers")
def few(call: Call) -> bool:
    return len(list(call.where("customers"))) < 3
"""


@pytest.fixture
def coded(tmp_path: Path) -> Caller:
    (tmp_path / "mine.py").write_text(CODE)
    return service(tmp_path, code="mine.py")


def test_code_takes_part_in_calls(coded: Caller) -> None:
    quoted = coded("POST", "/quote")
    assert quoted.body == {"cents": 6} and len(quoted.header("x-quoted") or "") == 4
    charge = coded.charge(captured=False)
    assert coded("GET", "/events").body[0]["data"] == {"charge": charge}
    coded("POST", f"/charges/{charge}/capture")
    assert coded("POST", "/refunds", {"charge": charge, "amount": 13}).body["error"]["code"] == "unlucky"
    failed = coded("POST", "/refunds", {"charge": charge, "amount": 14})
    assert failed.status == 500 and "a mistake" in failed.notes["code_failed"]
    assert "mistake" not in str(failed.body)
    ended = coded("POST", "/refunds", {"charge": charge, "amount": 15})
    assert ended.status == 500 and "SystemExit(0)" in ended.notes["code_failed"]
    coded("POST", "/customers", {"email": "bo@example.test"})
    third = coded("POST", "/customers", {"email": "cy@example.test"})
    assert third.notes == {"broken_invariants": ["few_customers"]}


def test_a_snapshot_finds_its_service_again_and_takes_no_code_from_elsewhere(coded: Caller, tmp_path: Path) -> None:
    coded.charge()
    coded.part.settle("agent")
    blobs = MemoryBlobs()
    manifest = coded.part.dump(blobs)
    origin._known.clear()
    loaded = ApiPart.load(manifest, blobs)

    assert loaded.digest() == coded.part.digest()
    assert Caller(loaded, 9)("POST", "/quote") == Caller(coded.part, 9)("POST", "/quote")
    origin._known.clear()
    (tmp_path / "mine.py").write_text(CODE + "\n# changed")
    with pytest.raises(ArchiveError):
        ApiPart.load(manifest, blobs)


def world_with(rules: str, folder: Path) -> None:
    (folder / "spec.json").write_text(json.dumps(SPEC))
    text = f"soundstage: 1\nworld: w\nservers:\n  pay:\n    kind: api\n    spec: spec.json\n    rules:\n{rules}"
    plan_world(parse_yaml(text, "world.yaml"), folder).build()


@pytest.mark.parametrize(
    ("rules", "place", "said"),
    [
        ("      colections: {}\n", "world.yaml:8:7", "did you mean collections"),
        ("      collections: {chargs: {}}\n", "world.yaml:8:21", "there is no collection 'chargs'"),
        ("      invariants: {x: {that: 'a ='}}\n", "world.yaml:8:24", "where a value"),
        ("      invariants: {x: {each: refund, that: 'a'}}\n", "world.yaml:8:24", "did you mean refunds"),
        ("      effects: [{on: refunds.creat}]\n", "world.yaml:8:18", "did you mean refunds.create"),
        ("      effects: [{on: refunds.create, do: [{change: chrge, set: {a: 1}}]}]\n", "world.yaml:8:44", "charge"),
        ("      effects: [{on: refunds.create, do: [{create: evnts}]}]\n", "world.yaml:8:44", "did you mean events"),
        ("      limits: {calls: 3, per: soon}\n", "world.yaml:8:26", "90s"),
        ("      invariants: {x: {that: 'count(chargez) = 0'}}\n", "world.yaml:8:24", "no collection 'chargez'"),
    ],
)
def test_mistakes_are_told_with_their_place_and_what_would_be_right(
    rules: str, place: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(FileProblem) as caught:
        world_with(rules, tmp_path)
    assert place in str(caught.value) and said in str(caught.value)


def test_mistakes_in_a_file_of_rules_are_placed_there(tmp_path: Path) -> None:
    (tmp_path / "pay.rules.yaml").write_text("invariants:\n  x: {each: refund, that: 'true'}\n")
    with pytest.raises(FileProblem) as caught:
        service(tmp_path, rules="pay.rules.yaml")
    assert "pay.rules.yaml:2:7" in str(caught.value)


def test_rules_in_a_file_are_those_in_place(tmp_path: Path) -> None:
    (tmp_path / "pay.rules.json").write_text(json.dumps(RULES))
    assert service(tmp_path, rules="pay.rules.json").charge()


@pytest.mark.parametrize(
    "data", [{"nothing": []}, {"customers": [{"id": IDA, "email": "a@b.co"}] * 2}, {"customers": [3]}]
)
def test_wrong_data_is_refused(data: Any) -> None:
    with pytest.raises((WorldError, ValueError)):
        service(data=data)
