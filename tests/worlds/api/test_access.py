"""Who may call, how often, and what happens to calls that are made twice."""

from typing import Any

import pytest

from tests.worlds.api.ground import FIRST_S, IDA, RULES, SPEC, Caller, ruled, service
from worlds.clock import show_time

SECURED: dict[str, Any] = {**SPEC, "security": [{"key": ["charges"]}]}
KEYS: dict[str, Any] = {
    "sk_all": {},
    "sk_charges": {"scopes": ["charges"]},
    "sk_other": {"scopes": ["other"]},
    "sk_old": {"expires": show_time((FIRST_S + 3) * 1_000_000_000)},
}


@pytest.fixture
def secured() -> Caller:
    return service(spec=SECURED, keys=KEYS)


def test_only_known_keys_are_let_in(secured: Caller) -> None:
    path = f"/customers/{IDA}"
    assert secured("GET", path).status == 401
    assert secured("GET", path, authorization="Bearer nonsense").status == 401
    assert secured("GET", path, authorization="Bearer sk_all").status == 200
    assert secured("GET", path).header("www-authenticate") == "Bearer"


def test_scopes_are_asked_for(secured: Caller) -> None:
    path = f"/customers/{IDA}"
    assert secured("GET", path, authorization="Bearer sk_charges").status == 200
    refused = secured("GET", path, authorization="Bearer sk_other")
    assert refused.status == 403
    assert "charges" in refused.body["error"]["message"]


def test_a_token_expires_on_the_worlds_clock(secured: Caller) -> None:
    path = f"/customers/{IDA}"
    assert secured("GET", path, authorization="Bearer sk_old").status == 200
    assert secured("GET", path, authorization="Bearer sk_old").status == 200
    assert secured("GET", path, authorization="Bearer sk_old").status == 401


@pytest.mark.parametrize(
    ("scheme", "headers", "params"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"x_key": "sk_all"}, {}),
        ({"type": "apiKey", "in": "query", "name": "key"}, {}, {"key": "sk_all"}),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, {"cookie": "a=b; sid=sk_all"}, {}),
        ({"type": "http", "scheme": "basic"}, {"authorization": "Basic c2tfYWxsOg=="}, {}),
        ({"type": "oauth2", "flows": {}}, {"authorization": "Bearer sk_all"}, {}),
    ],
)
def test_every_scheme_finds_its_key(scheme: Any, headers: dict[str, str], params: dict[str, str]) -> None:
    spec = {**SECURED, "components": {**SPEC["components"], "securitySchemes": {"key": scheme}}}
    call = service(spec=spec, keys=KEYS)

    assert call("GET", "/customers", params=params, **headers).status == 200
    assert call("GET", "/customers").status == 401


def test_tenants_do_not_see_each_other() -> None:
    keys = {"a": {"tenant": "acme"}, "b": {"tenant": "brook"}, "root": {}}
    rules = ruled(tenants={"field": "account"}, collections={}, effects=[], invariants={})
    call = service(spec=SECURED, keys=keys, rules=rules, data={"customers": []})
    made = call("POST", "/customers", {"email": "x@example.test"}, authorization="Bearer a").body["id"]

    assert "account" not in call("GET", f"/customers/{made}", authorization="Bearer a").body
    assert call("GET", f"/customers/{made}", authorization="Bearer b").status == 404
    assert call("DELETE", f"/customers/{made}", authorization="Bearer b").status == 404
    assert call("GET", "/customers", authorization="Bearer b").body["data"] == []
    assert len(call("GET", "/customers", authorization="Bearer root").body["data"]) == 1
    assert call("POST", "/charges", {"customer": made, "amount": 1}, authorization="Bearer b").status == 422
    assert call("POST", "/charges", {"customer": made, "amount": 1}, authorization="Bearer a").status == 201


def test_a_bucket_is_one_keys_own_and_its_promise_is_kept_to_the_millisecond() -> None:
    call = service(spec=SECURED, keys=KEYS, rules=ruled(limits={"calls": 5, "per": "100s"}))
    head = "Bearer sk_all"
    left = [call("GET", "/customers", authorization=head).header("x-ratelimit-remaining") for _ in range(5)]
    refused = call("GET", "/customers", authorization=head)
    other = call("GET", "/customers", authorization="Bearer sk_charges")
    wait_s = int(refused.header("retry-after") or 0)

    assert left == ["4", "3", "2", "1", "0"]
    assert (refused.status, refused.header("x-ratelimit-remaining")) == (429, "0")
    assert (other.status, other.header("x-ratelimit-remaining")) == (200, "4")
    call.advanced_ms = wait_s * 1_000 - 2_000 - 1  # the other call and the next one each take a second
    assert call("GET", "/customers", authorization=head).status == 429
    call.calls -= 1
    call.advanced_ms += 1
    assert call("GET", "/customers", authorization=head).status == 200


def test_a_full_bucket_fills_evenly() -> None:
    call = service(rules=ruled(limits={"calls": 2, "per": "10s", "reset": "seconds"}))
    answers = [call("GET", "/customers") for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    call.advanced_ms = 10_000
    assert call("GET", "/customers").status == 200
    assert int(answers[0].header("x-ratelimit-reset") or 0) == 5


def test_a_repeated_call_is_answered_again_and_not_done_again() -> None:
    call = service()
    body = {"customer": IDA, "amount": 5}
    first = call("POST", "/charges", body, idempotency_key="k")
    again = call("POST", "/charges", body, idempotency_key="k")
    other = call("POST", "/charges", {**body, "amount": 6}, idempotency_key="k")

    assert (again.status, again.body) == (201, first.body)
    assert again.header("x-request-id") != first.header("x-request-id")
    assert other.status == 409
    assert other.body["error"]["type"] == "idempotency_error"
    assert call.part.records.count("charges") == 1


def test_an_answer_is_kept_for_as_long_as_the_service_says() -> None:
    call = service(rules={**RULES, "idempotency": {"keep": "1h", "replayed": "Replayed"}})
    body = {"customer": IDA, "amount": 5}
    first = call("POST", "/charges", body, idempotency_key="k")
    call.advanced_ms = 3_598_000
    again = call("POST", "/charges", body, idempotency_key="k")
    call.advanced_ms = 3_600_000
    new = call("POST", "/charges", body, idempotency_key="k")

    assert (again.body, again.header("replayed")) == (first.body, "true")
    assert new.body["id"] != first.body["id"]


def test_a_refused_call_is_not_kept() -> None:
    call = service()
    assert call("POST", "/charges", {"customer": "nobody", "amount": 5}, idempotency_key="k").status == 422
    assert call("POST", "/charges", {"customer": IDA, "amount": 5}, idempotency_key="k").status == 201


def test_each_request_has_an_id_of_its_own() -> None:
    call = service()
    ids = [call("GET", path).header("x-request-id") for path in ("/customers", "/customers", "/nothing")]
    assert None not in ids
    assert len(set(ids)) == 3


def test_nobody_gives_a_resource_to_another_tenant() -> None:
    rules = ruled(tenants={"field": "account"}, collections={}, effects=[], invariants={})
    call = service(rules=rules, keys={"a": {"tenant": "acme"}, "root": {}}, data={})
    key = call("POST", "/customers", {"email": "a@b.co"}, authorization="Bearer a").body["id"]

    assert call("PATCH", f"/customers/{key}", {"account": "brook"}, authorization="Bearer a").status == 200
    assert (
        call("PUT", f"/customers/{key}", {"email": "a@b.co", "account": "brook"}, authorization="Bearer a").status < 300
    )
    assert call("GET", f"/customers/{key}", authorization="Bearer a").status == 200


def test_a_collection_names_the_scopes_that_reading_and_writing_need() -> None:
    scopes = {"customers": {"scopes": {"read": "customers.read", "write": "customers.write"}}}
    call = service(
        rules={"collections": scopes}, keys={"reader": {"scopes": ["customers.read"]}, "nobody": {"scopes": []}}
    )
    path = f"/customers/{IDA}"

    assert call("GET", path, authorization="Bearer reader").status == 200
    assert call("GET", path, authorization="Bearer nobody").status == 403
    assert call("PATCH", path, {"name": "Ida"}, authorization="Bearer reader").status == 403
    assert call("DELETE", path, authorization="Bearer reader").status == 403
