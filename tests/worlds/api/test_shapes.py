"""What well-known services do that small documents do not ask for: several shapes, expanded fields, forms, renames."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from tests.worlds.api.ground import Caller, in_path, query, reference, service
from worlds.parts.api.exchange import Malformed

CARD = {"object": {"const": "card"}, "last4": {"type": "string", "pattern": "^[0-9]{4}$"}}
BANK = {"object": {"const": "bank"}, "iban": {"type": "string"}, "verified": {"type": "boolean", "default": False}}
ID = {"id": {"type": "string", "example": "src_1a2b3c4d5e", "readOnly": True}}
SCHEMAS: dict[str, Any] = {
    "Card": {"type": "object", "required": ["object", "last4"], "properties": {**ID, **CARD}},
    "Bank": {"type": "object", "required": ["object", "iban"], "properties": {**ID, **BANK}},
    "Source": {"oneOf": [reference("Card"), reference("Bank")], "discriminator": {"propertyName": "object"}},
    "Map": {
        "type": "object",
        "properties": {
            "metadata": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "namespace": {"type": "string"},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            }
        },
    },
    "Label": {
        "type": "object",
        "required": ["id", "name", "colour"],
        "properties": {
            "id": {"type": "integer"},
            "name": {"type": "string"},
            "colour": {"type": "string", "pattern": "^[0-9a-f]{6}$"},
            "source": {"anyOf": [{"type": "string"}, reference("Source")]},
            "address": {"type": "object", "properties": {"city": {"type": "string"}, "floor": {"type": "integer"}}},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    },
}


def _operation(schema: Any, status: str = "200", **more: Any) -> dict[str, Any]:
    answer = {status: {"description": "done", "content": {"application/json": {"schema": schema}}}}
    return {"responses": answer, **more}


def _carried(name: str, *media: str) -> dict[str, Any]:
    return {"required": True, "content": {each: {"schema": reference(name)} for each in ("application/json", *media)}}


FORM = "application/x-www-form-urlencoded"
NEW_LABEL = {"type": "object", "required": ["name"], "properties": {**SCHEMAS["Label"]["properties"]}}
TOLD = {
    "type": "object",
    "required": ["ok", "name"],
    "properties": {"ok": {"type": "boolean"}, "name": {"type": "string"}, "colour": {"type": "string"}},
}
SELECTORS = [query("labelSelector"), query("fieldSelector")]
MAPS = {"type": "array", "items": reference("Map")}
PATHS: dict[str, Any] = {
    "/namespaces/{namespace}/maps": {
        "parameters": in_path("namespace"),
        "get": _operation({"type": "object", "properties": {"items": MAPS}}, parameters=SELECTORS),
        "post": _operation(reference("Map"), "201", requestBody=_carried("Map")),
        "delete": _operation({"type": "object"}, parameters=SELECTORS),
    },
    "/namespaces/{namespace}/maps/{name}": {
        "parameters": [*in_path("namespace"), *in_path("name")],
        "get": _operation(reference("Map")),
    },
    "/sources": {
        "get": _operation({"type": "array", "items": reference("Source")}),
        "post": _operation(reference("Source"), "201", requestBody=_carried("Source")),
    },
    "/sources/{id}": {
        "parameters": in_path("id"),
        "get": _operation(reference("Source")),
        "delete": _operation(reference("Source")),
    },
    "/labels": {
        "get": _operation({"type": "array", "items": reference("Label")}, parameters=[query("source")]),
        "post": _operation(reference("Label"), "201", requestBody=_carried("NewLabel", FORM)),
    },
    "/labels/{name}": {
        "parameters": in_path("name"),
        "get": _operation(reference("Label")),
        "patch": _operation(reference("Label"), requestBody=_carried("NewLabel", "application/json-patch+json")),
    },
    "/labels/{name}/paint": {
        "parameters": in_path("name"),
        "post": _operation(TOLD, requestBody={"content": {"application/json": {"schema": {"type": "object"}}}}),
    },
}


@pytest.fixture
def call(tmp_path: Path) -> Caller:
    written = {"components": {"schemas": {**SCHEMAS, "NewLabel": NEW_LABEL}}, "paths": PATHS}
    (tmp_path / "shapes.json").write_text(
        json.dumps({"openapi": "3.1.0", "info": {"title": "S", "version": "1"}, **written})
    )
    return service(tmp_path, spec="shapes.json", data={"sources": [], "labels": [], "maps": []}, rules={})


def test_a_resource_of_either_shape_is_kept_shown_and_deleted_whole(call: Caller) -> None:
    card = call("POST", "/sources", {"object": "card", "last4": "4242"}).body
    bank = call("POST", "/sources", {"object": "bank", "iban": "DE02"}).body

    assert card == {"id": card["id"], "object": "card", "last4": "4242"}
    assert bank == {"id": bank["id"], "object": "bank", "iban": "DE02", "verified": False}
    assert call("GET", "/sources").body == [card, bank]
    assert call("DELETE", f"/sources/{bank['id']}").body == bank
    assert call("POST", "/sources", {"object": "card", "iban": "DE02"}).status == 422


def test_what_a_schema_requires_and_nobody_gave_fits_it_and_is_ones_own(call: Caller) -> None:
    red, blue = (call("POST", "/labels", {"name": name}).body for name in ("red", "blue"))

    assert len(red["colour"]) == 6 and set(red["colour"]) <= set("0123456789abcdef")
    assert red["id"] != blue["id"] and 0 not in (red["id"], blue["id"])


def test_a_list_is_filtered_by_a_field_that_may_be_expanded(call: Caller) -> None:
    key = call("POST", "/sources", {"object": "card", "last4": "4242"}).body["id"]
    call("POST", "/labels", {"name": "red", "source": key})
    call("POST", "/labels", {"name": "blue"})

    assert [each["name"] for each in call("GET", "/labels", params={"source": key}).body] == ["red"]
    assert call("GET", "/labels", params={"source": "src_other"}).body == []


def test_a_form_with_brackets_holds_values_in_values(call: Caller) -> None:
    form = {"name": "red", "address[city]": "Bonn", "address[floor]": "3", "tags[]": ["a", "b"]}

    made = call("POST", "/labels", form, content_type=FORM)

    assert (made.status, made.body["address"], made.body["tags"]) == (201, {"city": "Bonn", "floor": 3}, ["a", "b"])


@pytest.mark.parametrize("steps", [False, True])
def test_a_patch_does_not_rename_what_its_path_names(call: Caller, steps: bool) -> None:
    call("POST", "/labels", {"name": "red", "colour": "ff0000"})
    change: Any = {"name": "blue", "colour": "0000ff"}
    kind = "application/json"
    if steps:
        change = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in change.items()]
        kind = "application/json-patch+json"

    changed = call("PATCH", "/labels/red", change, content_type=kind)

    assert (changed.body["name"], changed.body["colour"]) == ("red", "0000ff")
    assert call("GET", "/labels/red").body == changed.body
    assert call("GET", "/labels/blue").status == 404


def test_a_body_of_a_kind_that_is_not_taken_is_told_before_it_is_read(call: Caller) -> None:
    assert call("POST", "/labels", Malformed("no JSON"), content_type="application/xml").status == 415
    assert call("POST", "/labels", Malformed("no JSON"), content_type="application/json").status == 400


def test_an_answer_with_some_of_the_fields_says_that_it_worked(call: Caller) -> None:
    call("POST", "/labels", {"name": "red"})

    assert call("POST", "/labels/red/paint", {}).body == {"ok": True, "name": "red", "colour": ANY}


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("app=web", ["a", "b"]),
        ("app==web,k8s.io/tier=back", ["b"]),
        ("app!=web", ["c", "d"]),
        ("k8s.io/tier in (back, front)", ["a", "b"]),
        ("k8s.io/tier notin (back),app", ["a", "c"]),
        ("!app", ["d"]),
        ("", ["a", "b", "c", "d"]),
    ],
)
def test_selectors_choose_what_is_listed_and_what_is_deleted(call: Caller, selector: str, names: list[str]) -> None:
    labels = {
        "a": {"app": "web", "k8s.io/tier": "front"},
        "b": {"app": "web", "k8s.io/tier": "back"},
        "c": {"app": "db"},
    }
    for name in "abcd":
        call("POST", "/namespaces/x/maps", {"metadata": {"name": name, "labels": labels.get(name, {})}})

    def listed(**asked: str) -> list[str]:
        return [each["metadata"]["name"] for each in call("GET", "/namespaces/x/maps", params=asked).body["items"]]

    assert listed(labelSelector=selector) == names
    assert call("DELETE", "/namespaces/x/maps", params={"labelSelector": selector}).status == 200
    assert listed() == [each for each in "abcd" if each not in names]


def test_a_field_is_selected_and_what_is_no_selector_is_refused_and_deletes_nothing(call: Caller) -> None:
    for name in "ab":
        call("POST", "/namespaces/x/maps", {"metadata": {"name": name}})

    shown = call("GET", "/namespaces/x/maps", params={"fieldSelector": "metadata.name=b"}).body["items"]
    assert [each["metadata"]["name"] for each in shown] == ["b"]
    for selector in ("a=((", "!a," * 101 + "!b"):
        assert call("DELETE", "/namespaces/x/maps", params={"labelSelector": selector}).status == 422
    assert len(call("GET", "/namespaces/x/maps").body["items"]) == 2
