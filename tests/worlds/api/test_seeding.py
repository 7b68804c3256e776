"""Believable resources: valid, related, told apart, and the same for the same seed."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.api.described import NOW_NS, answering, described, inferred, shop
from worlds.chance import Chance
from worlds.errors import WorldError
from worlds.parts.api.checking import Checker
from worlds.parts.api.document import Document
from worlds.parts.api.inference import collections_of
from worlds.parts.api.places import value_at, without
from worlds.parts.api.seeding import Seeder, seeded, usual_counts
from worlds.parts.api.seeding.draws import Luck
from worlds.parts.api.seeding.patterns import text_like


def filled(
    document: Document, counts: Mapping[str, int] | None = None, seed: int = 7
) -> dict[str, list[dict[str, Any]]]:
    collections = collections_of(document)
    wanted = usual_counts(collections) if counts is None else counts
    return seeded(document, collections, wanted, Chance(seed), NOW_NS)


def misfits(document: Document, data: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """Resources that do not fit their schemas, what the service keeps for itself aside."""
    checker, found = Checker(document), []
    for collection in collections_of(document):
        keys = [*collection.keys, *(key for role in collection.roles for key in role.keys)]
        hidden = {key.field for key in keys if key.hidden} | ({collection.id_field} if collection.id_hidden else set())
        for resource in data.get(collection.name, ()):
            shown: Mapping[str, Any] = resource
            for name in hidden:
                shown = without(shown, name)
            complaints = checker.complaints(collection.schema, shown, "answer")
            found += [f"{collection.name} {each.place}: {each.kind}: {each.message}" for each in complaints]
    return found


def test_every_resource_fits_its_schema() -> None:
    document = shop()

    data = filled(document, {"customers": 200, "orders": 300, "address": 1, "warehouses": 50, "account": 1})
    assert misfits(document, data) == []
    assert {name: len(each) for name, each in data.items()} == {
        "customers": 200,
        "orders": 300,
        "warehouses": 50,
        "address": 300,
        "account": 1,
    }


def test_resources_name_others_that_are_there() -> None:
    data = filled(shop())

    assert {each["customer_id"] for each in data["orders"]} <= {each["id"] for each in data["customers"]}
    assert [each["order"] for each in data["address"]] == [each["id"] for each in data["orders"]]


def test_ids_and_unique_fields_differ_and_integers_count_on() -> None:
    data = filled(shop(), {"customers": 500, "orders": 500})

    assert [each["id"] for each in data["customers"]] == list(range(1, 501))
    assert len({each["email"] for each in data["customers"]}) == 500
    assert len({each["id"] for each in data["orders"]}) == 500
    assert all(each["id"].startswith("ord_") for each in data["orders"])


def test_times_lie_in_the_past_in_the_order_of_creation() -> None:
    customers = filled(shop(), {"customers": 100})["customers"]

    created = [each["created_at"] for each in customers]
    assert created == sorted(created)
    assert all(each["created_at"] <= (each["updated_at"] or "9") for each in customers)
    assert created[-1] <= "2026-03-02T09:00:00Z"


def test_the_same_seed_gives_the_same_resources_and_another_others() -> None:
    assert filled(shop(), seed=3) == filled(shop(), seed=3)
    assert filled(shop(), seed=3) != filled(shop(), seed=4)


def test_more_of_one_collection_move_nothing_in_another() -> None:
    few = filled(shop(), {"customers": 5, "warehouses": 3})
    many = filled(shop(), {"customers": 5, "orders": 30, "warehouses": 3})

    assert few == {name: each for name, each in many.items() if name != "orders"}


def test_what_is_write_only_is_never_seeded() -> None:
    assert all("password" not in each for each in filled(shop())["customers"])


def test_given_resources_are_named_and_their_ids_are_taken() -> None:
    document = shop()
    standing = {
        "customers": [{"id": 1, "email": "ida@example.test", "name": "Ida", "created_at": "2026-01-01T00:00:00Z"}]
    }

    data = seeded(document, collections_of(document), {"customers": 2, "orders": 5}, Chance(1), NOW_NS, standing)
    assert [each["id"] for each in data["customers"]] == [2, 3]
    assert {each["customer_id"] for each in data["orders"]} <= {1, 2, 3}


@pytest.mark.parametrize("counts", [{"costumers": 3}, {"customers": -1}])
def test_counts_that_mean_nothing_are_refused(counts: dict[str, int]) -> None:
    with pytest.raises(WorldError, match="generate: "):
        filled(shop(), counts)


def test_ids_that_run_out_are_refused() -> None:
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "pattern": "^A[0-9]{1}$"}}}
    document = described({"/things/{id}": {"get": answering(thing)}})

    with pytest.raises(WorldError, match="no unused ids are left"):
        filled(document, {"things": 11})


def test_resources_below_others_take_over_what_tells_where_they_lie() -> None:
    repo = {"properties": {"name": {"type": "string"}, "owner": {"type": "string"}}, "required": ["name", "owner"]}
    issue = {"properties": {"number": {"type": "integer"}}, "required": ["number"]}
    document = described(
        {
            "/repos/{owner}/{repo}": {"get": answering(repo)},
            "/repos/{owner}/{repo}/issues/{number}": {"get": answering(issue)},
        }
    )

    data = filled(document, {"repos": 4, "issues": 40})
    places = {(each["owner"], each["name"]) for each in data["repos"]}
    assert {(each["owner"], each["repo"]) for each in data["issues"]} <= places
    for owner, repo_name in places:
        numbers = [each["number"] for each in data["issues"] if (each["owner"], each["repo"]) == (owner, repo_name)]
        assert numbers == list(range(1, len(numbers) + 1))


def test_an_answer_of_any_schema_can_be_had() -> None:
    document = shop()
    seeder = Seeder(document, Checker(document), Chance(5), NOW_NS, inferred(document))

    value = seeder.answer({"$ref": "#/components/schemas/Order"}, "convert", "a")
    assert Checker(document).fits({"$ref": "#/components/schemas/Order"}, value, "answer")
    assert value == seeder.answer({"$ref": "#/components/schemas/Order"}, "convert", "a")
    assert value != seeder.answer({"$ref": "#/components/schemas/Order"}, "convert", "b")


@pytest.mark.parametrize(
    "schema",
    [
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"oneOf": [{"type": "string"}, {"type": "integer"}]}},
        },
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "array", "minItems": 2, "uniqueItems": True, "items": {"enum": [1, 2, 3]}}},
        },
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "number", "exclusiveMinimum": 0, "maximum": 1}},
        },
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "integer", "multipleOf": 5, "minimum": 7, "maximum": 20}},
        },
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "string", "minLength": 30, "maxLength": 40}},
        },
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
        {"type": "object", "required": ["x"], "additionalProperties": {"type": "boolean"}},
        {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(?!x)y$", "maxLength": 1}}},
        {"type": "object", "properties": {"a": {"not": {}}, "b": {"type": "string"}}},
        {
            "type": "object",
            "required": ["next"],
            "properties": {"next": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Thing"}]}},
        },
        {
            "type": "object",
            "properties": {"when": {"type": "string", "format": "time"}, "ip": {"type": "string", "format": "ipv6"}},
        },
    ],
)
def test_odd_schemas_are_fitted_too(schema: Any) -> None:
    paths = {"/things/{id}": {"get": answering({"$ref": "#/components/schemas/Thing"})}}
    document = described(paths, {"Thing": schema})

    assert misfits(document, filled(document, {"things": 30})) == []


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        ["^[a-z]{3}-[0-9]+$", r"^\d{4}-(0[1-9]|1[0-2])$", r"^(usr|org)_[A-Za-z0-9]{8,12}$", r"^[^@\s]+@\w+\.\w{2,3}$"]
    ),
    st.integers(0, 2**64 - 1),
)
def test_texts_fit_their_pattern(pattern: str, seed: int) -> None:
    document = described({"/x": {"get": answering({"type": "string", "pattern": pattern})}})
    answered = document.operations[0].success

    assert answered is not None
    assert answered[1].schema is not None
    assert Checker(document).fits(answered[1].schema, text_like(pattern, Luck(seed)), "answer")


def test_values_are_read_and_written_by_paths() -> None:
    record = {"a": {"b": 1}, "list": [{"x": 1, "y": 2}]}

    assert (value_at(record, "a.b"), value_at(record, "a.c"), value_at(record, "list.x")) == (1, None, None)
    assert without(record, "list[].x") == {"a": {"b": 1}, "list": [{"y": 2}]}


def test_flags_and_times_agree_with_the_state() -> None:
    states = ["draft", "open", "paid"]
    invoice = {
        "type": "object",
        "required": ["id", "status", "paid", "paid_at"],
        "properties": {
            "id": {"type": "string"},
            "status": {"type": "string", "enum": states},
            "paid": {"type": "boolean"},
            "paid_at": {"type": ["string", "null"], "format": "date-time"},
        },
    }
    paths = {
        "/invoices": {"get": answering({"type": "array", "items": invoice})},
        "/invoices/{id}": {"get": answering(invoice)},
    }
    made = filled(described(paths), {"invoices": 200})["invoices"]

    assert {each["status"] for each in made} == set(states)
    assert all(each["paid"] == (each["status"] == "paid") for each in made)
    assert all(each["paid_at"] is None for each in made if each["status"] != "paid")
