"""Resources are created, read, changed, deleted and listed as the document says."""

from typing import Any

import pytest

from tests.worlds.api.ground import FIRST_S, IDA, SPEC, Caller, answered, in_path, query, ruled, service


@pytest.fixture
def call() -> Caller:
    return service()


def test_a_new_resource_has_an_id_of_the_services_style_its_time_and_defaults(call: Caller) -> None:
    made = call("POST", "/customers", {"email": "bo@example.test"})

    key = made.body["id"]
    assert made.status == 201
    assert made.body == {"id": key, "email": "bo@example.test", "tier": "basic", "created": FIRST_S + 1}
    assert key.startswith("cus_") and len(key) == 18
    assert made.header("location") == f"/customers/{key}"
    assert call("GET", f"/v1/customers/{key}").body == made.body


def test_the_same_call_draws_the_same_id_in_a_fork_and_another_call_another(call: Caller) -> None:
    fork = Caller(call.part.fork(), call.calls)

    one, two = (each("POST", "/customers", {"email": "bo@example.test"}) for each in (call, fork))
    other = call("POST", "/customers", {"email": "cy@example.test"})

    assert one == two
    assert other.body["id"] != one.body["id"]


def test_what_is_write_only_is_kept_and_never_shown(call: Caller) -> None:
    made = call("POST", "/customers", {"email": "bo@example.test", "password": "hush"})

    assert "password" not in made.body
    assert "hush" not in str(call("GET", "/customers").body)
    kept = call.part.records.get("customers", made.body["id"])
    assert kept is not None and kept["password"] == "hush"


def test_what_is_read_only_cannot_be_set(call: Caller) -> None:
    made = call("POST", "/customers", {"email": "bo@example.test", "created": 5, "id": IDA})

    assert made.body["created"] == FIRST_S + 1
    assert made.body["id"] != IDA


def test_a_wrong_body_is_refused_in_the_services_own_shape(call: Caller) -> None:
    missing = call("POST", "/customers", {"name": "Bo"})
    wrong = call("POST", "/customers", {"email": "no address"})

    assert missing.status == 422
    assert missing.body["error"]["param"] == "email"
    assert missing.body["error"]["message"] == "email is required"
    assert missing.body["error"]["type"] == "invalid_request_error"
    assert (wrong.status, wrong.body["error"]["param"]) == (422, "email")
    assert call.part.records.count("customers") == 1


def test_a_merge_patch_changes_what_it_names_and_null_means_what_the_schema_says(call: Caller) -> None:
    first = call("PATCH", f"/customers/{IDA}", {"name": "Ida", "metadata": {"a": "1", "b": "2"}})
    second = call("PATCH", f"/customers/{IDA}", {"name": None, "metadata": {"a": None}})
    refused = call("PATCH", f"/customers/{IDA}", {"email": None})

    assert first.body["name"] == "Ida"
    assert second.body["name"] is None
    assert second.body["metadata"] == {"b": "2"}
    assert refused.status == 422


def test_a_json_patch_is_taken_as_steps(call: Caller) -> None:
    steps = [
        {"op": "add", "path": "/metadata", "value": {"a": "1"}},
        {"op": "test", "path": "/metadata/a", "value": "1"},
    ]
    done = call("PATCH", f"/customers/{IDA}", steps, content_type="application/json-patch+json")
    wrong = call("PATCH", f"/customers/{IDA}", [{"op": "remove", "path": "/nothing"}])

    assert done.body["metadata"] == {"a": "1"}
    assert wrong.status == 422


def test_put_replaces_everything_that_callers_can_set(call: Caller) -> None:
    call("PATCH", f"/customers/{IDA}", {"name": "Ida", "metadata": {"a": "1"}})
    done = call("PUT", f"/customers/{IDA}", {"email": "new@example.test"})

    assert done.body == {"id": IDA, "email": "new@example.test", "tier": "basic", "created": FIRST_S}


def test_deleting_takes_away_what_lies_within_and_is_refused_where_rules_say_so(call: Caller) -> None:
    call("POST", f"/customers/{IDA}/notes", {"text": "one"})
    other = call("POST", "/customers", {"email": "bo@example.test"}).body["id"]
    call("POST", f"/customers/{other}/notes", {"text": "two"})

    assert call("DELETE", f"/customers/{other}").status == 204
    assert call("GET", f"/customers/{other}").status == 404
    assert call.part.records.count("notes") == 1
    call.charge()
    assert call("DELETE", f"/customers/{IDA}").status == 409
    assert call("GET", f"/customers/{IDA}").status == 200


def test_soft_deleted_resources_are_kept_and_not_found() -> None:
    rules = ruled(
        collections={"customers": {"delete": {"soft": True, "mark": {"tier": "gone"}}}}, effects=[], invariants={}
    )
    call = service(rules=rules)

    assert call("DELETE", f"/customers/{IDA}").status == 204
    assert call("GET", f"/customers/{IDA}").status == 404
    assert call("GET", "/customers").body["data"] == []
    kept = call.part.records.get("customers", IDA)
    assert kept is not None and kept["tier"] == "gone"


def test_numbers_are_counted_for_each_parent(call: Caller) -> None:
    other = call("POST", "/customers", {"email": "bo@example.test"}).body["id"]
    numbers = [call("POST", f"/customers/{each}/notes", {"text": "x"}).body["number"] for each in (IDA, IDA, other)]

    assert numbers == [1, 2, 1]
    assert call("GET", f"/customers/{IDA}/notes/2").body["text"] == "x"
    assert call("GET", f"/customers/{other}/notes/2").status == 404
    assert call("GET", "/customers/cus_nobody00000000/notes").status == 404


def test_times_are_those_of_the_worlds_clock(call: Caller) -> None:
    made = call("POST", f"/customers/{IDA}/notes", {"text": "x"}).body
    changed = call("PATCH", f"/customers/{IDA}/notes/1", {"text": "y"}).body

    assert made["created_at"] == made["updated_at"] == "2026-03-02T09:00:01Z"
    assert (changed["created_at"], changed["updated_at"]) == ("2026-03-02T09:00:01Z", "2026-03-02T09:00:02Z")


def test_a_dangling_reference_and_a_taken_value_are_refused(call: Caller) -> None:
    dangling = call("POST", "/charges", {"customer": "cus_nobody", "amount": 5})
    taken = call("POST", "/customers", {"email": "ida@example.test"})

    assert dangling.status == 422
    assert dangling.body["error"]["message"] == "No such customer: cus_nobody"
    assert taken.status == 409
    assert call("PATCH", f"/customers/{IDA}", {"email": "ida@example.test"}).status == 200


def test_etags_name_versions(call: Caller) -> None:
    first = call("GET", f"/customers/{IDA}").header("etag")
    assert first is not None
    assert call("GET", f"/customers/{IDA}", if_none_match=first).status == 304
    assert call("PATCH", f"/customers/{IDA}", {"name": "Ida"}, if_match=first).status == 200
    assert call("PATCH", f"/customers/{IDA}", {"name": "Bo"}, if_match=first).status == 412
    assert call("GET", f"/customers/{IDA}", if_none_match=first).body["name"] == "Ida"


def test_paths_and_methods_that_are_not_there(call: Caller) -> None:
    assert call("GET", "/nothing").status == 404
    wrong = call("DELETE", "/charges")
    assert (wrong.status, wrong.header("allow")) == (405, "GET, POST")


def test_an_operation_without_resources_answers_what_its_schema_says(call: Caller) -> None:
    assert call("POST", "/quote").body["cents"] >= 5
    assert call("POST", "/quote").body == call("POST", "/quote").body


def test_pages_follow_the_ids(call: Caller) -> None:
    made = [call("POST", "/customers", {"email": f"a{n}@example.test"}).body["id"] for n in range(6)]
    newest = [*reversed(made), IDA]

    first = call("GET", "/customers", params={"limit": 3})
    second = call("GET", "/customers", params={"limit": 3, "starting_after": newest[2]})
    last = call("GET", "/customers", params={"limit": 3, "starting_after": newest[5]})
    back = call("GET", "/customers", params={"limit": 2, "ending_before": newest[4]})

    assert [each["id"] for each in first.body["data"] + second.body["data"] + last.body["data"]] == newest
    assert [each.body["has_more"] for each in (first, second, last)] == [True, True, False]
    assert [each["id"] for each in back.body["data"]] == newest[2:4]
    assert call("GET", "/customers", params={"starting_after": "cus_nothing"}).status in (400, 422)


def test_a_cursor_holds_when_its_resource_is_gone(call: Caller) -> None:
    made = [call("POST", "/customers", {"email": f"a{n}@example.test"}).body["id"] for n in range(4)]
    call("DELETE", f"/customers/{made[2]}")

    after = call("GET", "/customers", params={"starting_after": made[2]})

    assert [each["id"] for each in after.body["data"]] == [made[1], made[0], IDA]


def test_lists_are_filtered_sorted_and_reduced_to_fields(call: Caller) -> None:
    for name in ("bo", "cy"):
        call("POST", "/customers", {"email": f"{name}@example.test", "name": name})
    call.charge(100)
    call.charge(900)

    by_mail = call("GET", "/customers", params={"email": "bo@example.test"}).body["data"]
    ordered = call("GET", "/customers", params={"sort": "-email"}).body["data"]
    fields = call("GET", "/customers", params={"fields": "id,email", "sort": "email"}).body["data"]
    large = call("GET", "/charges", params={"amount_gte": 500, "customer": IDA}).body["data"]

    assert [each["name"] for each in by_mail] == ["bo"]
    assert [each["email"][:2] for each in ordered] == ["id", "cy", "bo"]
    assert [list(each) for each in fields] == [["id", "email"]] * 3
    assert [each["amount"] for each in large] == [900]


STYLES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "page": (["page", "per_page"], {"total": {"type": "integer"}}),
    "offset": (["offset", "limit"], {"total": {"type": "integer"}}),
    "cursor": (["cursor", "limit"], {"next_cursor": {"type": ["string", "null"]}}),
}


def items_in(style: str) -> Caller:
    """Seven items and a list that is read in the style of paging that the document declares."""
    names, more = STYLES[style]
    item = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "rank": {"type": "integer"}},
    }
    body = {"type": "object", "properties": {"items": {"type": "array", "items": item}, **more}}
    parameters = [*(query(name, "string" if name == "cursor" else "integer") for name in names), query("sort")]
    paths = {
        "/items": {"get": {"operationId": "listItems", "parameters": parameters, "responses": answered(body)}},
        "/items/{id}": {
            "parameters": in_path("id", "integer"),
            "get": {"operationId": "getItem", "responses": answered(item)},
        },
    }
    data = {"items": [{"id": number, "rank": -number} for number in range(1, 8)]}
    return service(spec={**SPEC, "paths": paths}, rules={}, data=data)


@pytest.mark.parametrize("style", sorted(STYLES))
@pytest.mark.parametrize("order", ["id", "rank", None])
def test_every_style_of_paging_reaches_everything_once(style: str, order: str | None) -> None:
    call = items_in(style)
    position, size = STYLES[style][0]
    where: Any = {"page": 1, "offset": 0, "cursor": ""}[style]
    found: list[int] = []
    for _ in range(4):
        told = {position: where, size: 3, **({"sort": order} if order else {})}
        body = call("GET", "/items", params=told).body
        found += [each["id"] for each in body["items"]]
        where = body["next_cursor"] if style == "cursor" else where + (1 if style == "page" else 3)
        if where is None or len(found) == 7:
            break

    assert found == (list(range(7, 0, -1)) if order == "rank" else list(range(1, 8)))
    assert style == "cursor" or body["total"] == 7


def test_a_cursor_that_is_none_is_refused() -> None:
    assert items_in("cursor")("GET", "/items", params={"cursor": "nonsense"}).status == 422


def test_links_lead_from_page_to_page() -> None:
    call = service(rules=ruled(paging={"links": True}))
    for number in range(5):
        call("POST", f"/customers/{IDA}/notes", {"text": str(number)})

    links = [
        call("GET", f"/customers/{IDA}/notes", params={"page": n, "per_page": 2}).header("link") for n in (1, 2, 3)
    ]

    path = f"</customers/{IDA}/notes?per_page=2&page="
    assert links[0] == f'{path}2>; rel="next", {path}3>; rel="last"'
    assert links[2] == f'{path}2>; rel="prev", {path}1>; rel="first"'
