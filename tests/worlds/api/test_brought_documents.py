"""Documents as people bring them: from FastAPI, without schemas, in JSON:API, in HAL."""

from pathlib import Path
from typing import Any

import pytest

from tests.worlds.api.described import described
from tests.worlds.api.ground import Caller, service

FOLDER = Path(__file__).parent / "documents"
FIRST = {"id": 1, "title": "a", "status": "open", "tags": [], "created_at": "2026-01-01T00:00:00Z"}
TEXT = {"type": "string"}
ARTICLE = {
    "type": "object",
    "required": ["type", "id", "attributes"],
    "properties": {
        "type": {"const": "articles"},
        "id": TEXT,
        "attributes": {"type": "object", "properties": {"title": TEXT, "views": {"type": "integer"}}},
    },
}
ORDER = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


def todos() -> Caller:
    """A service that FastAPI described."""
    return service(FOLDER, spec="todos.json", rules={}, data={"todos": [FIRST]})


def of(schema: Any, media: str = "application/json") -> dict[str, Any]:
    return {"description": "ok", "content": {media: {"schema": schema}}}


def under(name: str, schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {name: schema}}


def query(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "schema": {"type": ["integer", "string"]}} for name in names]


def test_fastapi_says_what_is_invalid_and_what_is_missing_in_its_own_two_ways() -> None:
    call = todos()

    invalid = call("POST", "/todos/", {"status": "nope"})
    assert invalid.status == 422
    assert [each["loc"] for each in invalid.body["detail"]] == [["body", "title"], ["body", "status"]]
    assert call("GET", "/todos/99").body == {"detail": "No such todo: 99"}


def test_what_a_put_leaves_out_becomes_what_the_document_says() -> None:
    call = todos()
    call("PATCH", "/todos/1", {"status": "done"})

    assert call("PUT", "/todos/1", {"title": "b"}).body == {**FIRST, "title": "b"}


def test_a_page_repeats_the_size_that_it_has_room_for() -> None:
    call = todos()
    call("POST", "/todos/1/comments", {"text": "c"})

    told = call("GET", "/todos/1/comments").body
    assert (told["total"], told["page"], told["size"], len(told["items"])) == (1, 1, 50, 1)


def test_a_document_without_schemas_shows_the_resources_with_their_ids() -> None:
    ok = {"responses": {"200": {"description": "ok"}}}
    taken = {"requestBody": {"content": {"application/json": {}}}, "responses": {"201": {"description": "made"}}}
    paths = {"/books": {"get": ok, "post": taken}, "/books/{bookId}": {"get": ok, "delete": ok, "patch": ok}}
    call = service(spec=described(paths).raw, rules={}, data={})

    made = call("POST", "/books", {"title": "Emma"}).body
    assert made == {"title": "Emma", "id": made["id"]}
    assert call("GET", f"/books/{made['id']}").body == made
    assert made in call("GET", "/books").body


def test_json_api_filters_and_sorts_by_attributes_and_tells_failures_in_its_list() -> None:
    media = "application/vnd.api+json"
    failed = under(
        "errors", {"type": "array", "items": {"type": "object", "properties": {"status": TEXT, "detail": TEXT}}}
    )
    listed = {
        "parameters": query("filter[title]", "sort"),
        "responses": {"200": of(under("data", {"type": "array", "items": ARTICLE}), media)},
    }
    one = {"responses": {"200": of(under("data", ARTICLE), media), "404": of(failed, media)}}
    texts = {"a1": "Maps", "a2": "Ropes"}
    data = [{"type": "articles", "id": key, "attributes": {"title": text}} for key, text in texts.items()]
    call = service(
        spec=described({"/articles": {"get": listed}, "/articles/{id}": {"get": one}}).raw,
        rules={},
        data={"articles": data},
    )

    assert call("GET", "/articles", params={"filter[title]": "Ropes"}).body["data"] == [data[1]]
    assert call("GET", "/articles", params={"sort": "-title"}).body["data"] == data[::-1]
    missing = call("GET", "/articles/a9")
    assert missing.body == {"errors": [{"status": "404", "detail": "No such article: a9"}]}
    assert missing.header("content-type") == media


def test_hal_links_to_the_next_page() -> None:
    listed = {
        "type": "object",
        "properties": {
            "_embedded": under("orders", {"type": "array", "items": ORDER}),
            "_links": under("next", under("href", TEXT)),
        },
    }
    paths = {
        "/orders": {
            "get": {"parameters": query("page", "size"), "responses": {"200": of(listed, "application/hal+json")}}
        }
    }
    call = service(spec=described(paths).raw, rules={}, data={"orders": [{"id": n} for n in range(3)]})

    told = call("GET", "/orders", params={"size": 2}).body
    assert told["_embedded"]["orders"] == [{"id": 0}, {"id": 1}]
    assert told["_links"]["next"]["href"].endswith("/orders?size=2&page=2")


def test_answers_that_no_resource_stands_behind_belong_to_the_world() -> None:
    paths = {
        "/motd": {
            "post": {"responses": {"200": of({"type": "object", "required": ["text"], "properties": {"text": TEXT}})}}
        }
    }
    call = service(spec=described(paths).raw, rules={}, data={})

    assert call("POST", "/motd").body == call("POST", "/motd").body
    assert call.part.records.get("_counters", "/") is not None


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json-patch+json", [{"op": "replace", "path": "/watts", "value": "many"}]),
        ("application/json-patch+json", [{"op": "remove", "path": "/room"}]),
        ("application/merge-patch+json", {"watts": "many"}),
    ],
)
def test_patches_leave_resources_that_fit(media: str, body: Any) -> None:
    lamp = {
        "type": "object",
        "required": ["room"],
        "properties": {"id": TEXT, "room": TEXT, "watts": {"type": "integer"}},
    }
    content: dict[str, Any] = {
        name: {"schema": {}} for name in ("application/json-patch+json", "application/merge-patch+json")
    }
    item = {
        "get": {"responses": {"200": of(lamp)}},
        "patch": {"requestBody": {"content": content}, "responses": {"200": of(lamp)}},
    }
    data = {"lamps": [{"id": "l1", "room": "hall", "watts": 5}]}
    call = service(spec=described({"/lamps/{id}": item}).raw, rules={}, data=data)

    assert call("PATCH", "/lamps/l1", body, content_type=media).status == 422
    assert call("GET", "/lamps/l1").body == data["lamps"][0]
    assert call("PATCH", "/lamps/l1", {"watts": 7}, content_type="application/merge-patch+json").body["watts"] == 7


def tracker() -> Caller:
    """Issues whose labels are a list of names, and can be listed below each issue as well."""
    number = [{"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}]
    label = {"type": "object", "properties": {"name": TEXT, "color": TEXT}}
    times = {"type": ["string", "null"], "format": "date-time"}
    fields: dict[str, Any] = {"title": TEXT, "state": {"type": "string", "enum": ["open", "closed"], "default": "open"}}
    labels = {"type": "array", "items": TEXT}
    given: dict[str, Any] = under("labels", labels)
    given["properties"] |= fields
    issue = under("number", {"type": "integer"})
    issue["properties"] |= {**given["properties"], "closed_at": times}
    body = {"content": {"application/json": {"schema": given}}}
    taken = {"requestBody": {"content": {"application/json": {"schema": label}}}, "responses": {"201": of(label)}}
    paths = {
        "/issues": {
            "get": {"responses": {"200": of({"type": "array", "items": issue})}},
            "post": {"requestBody": body, "responses": {"201": of(issue)}},
        },
        "/issues/{number}": {
            "parameters": number,
            "get": {"responses": {"200": of(issue)}},
            "patch": {"requestBody": body, "responses": {"200": of(issue)}},
        },
        "/issues/{number}/labels": {
            "parameters": number,
            "get": {"responses": {"200": of({"type": "array", "items": label})}},
            "post": taken,
        },
        "/issues/{number}/labels/{name}": {
            "parameters": [*number, {"name": "name", "in": "path", "required": True, "schema": TEXT}],
            "get": {"responses": {"200": of(label)}},
        },
    }
    return service(spec=described(paths).raw, rules={}, data={})


def test_a_state_that_is_patched_leaves_its_time_where_no_rules_declare_states() -> None:
    call = tracker()
    made = call("POST", "/issues", {"title": "a"}).body
    closed = call("PATCH", f"/issues/{made['number']}", {"state": "closed"}).body

    assert (made["state"], made.get("closed_at")) == ("open", None)
    assert closed == {**made, "state": "closed", "closed_at": "2026-03-02T09:00:02Z"}
    assert call("PATCH", f"/issues/{made['number']}", {"title": "b"}).body == {**closed, "title": "b"}


def test_a_field_is_no_reference_to_what_lies_below_its_own_resource() -> None:
    call = tracker()
    made = call("POST", "/issues", {"title": "a", "labels": ["bug"]})

    assert (made.status, made.body["labels"]) == (201, ["bug"])
    assert call("POST", f"/issues/{made.body['number']}/labels", {"name": "new"}).status == 201
    assert call("POST", "/issues/77/labels", {"name": "new"}).status == 404


def test_metadata_that_contradict_the_path_are_refused_as_in_kubernetes() -> None:
    pod = under("metadata", {"type": "object", "properties": {"name": TEXT, "namespace": TEXT}})
    body = {"required": True, "content": {"application/json": {"schema": pod}}}
    namespace, name = ({"name": each, "in": "path", "required": True, "schema": TEXT} for each in ("namespace", "name"))
    made = {"requestBody": body, "responses": {"201": of(pod)}}
    paths = {
        "/namespaces/{namespace}/pods": {"parameters": [namespace], "post": made},
        "/namespaces/{namespace}/pods/{name}": {
            "parameters": [namespace, name],
            "get": {"responses": {"200": of(pod)}},
            "put": {"requestBody": body, "responses": {"200": of(pod)}},
        },
    }
    call = service(spec=described(paths).raw, rules={}, data={})
    elsewhere = call("POST", "/namespaces/a/pods", {"metadata": {"name": "web", "namespace": "b"}})
    web = {"metadata": {"name": "web", "namespace": "a"}}

    assert elsewhere.status == 400
    assert "the namespace of the provided object does not match" in str(elsewhere.body)
    assert call("GET", "/namespaces/a/pods/web").status == 404
    assert call("POST", "/namespaces/a/pods", {"metadata": {"name": "web"}}).body == web
    assert call("PUT", "/namespaces/a/pods/web", {"metadata": {"name": "other"}}).status == 400
    assert call("PUT", "/namespaces/a/pods/web", web).body == web
