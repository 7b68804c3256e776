"""Values held against schemas, and texts made into what schemas mean."""

from typing import Any

import pytest

from tests.worlds.api.described import answering, described, shop, taking
from worlds.parts.api.checking import Checker, Complaint, nested, parameter_value, typed
from worlds.parts.api.document import Document


def parameter(schema: Any, **more: Any) -> tuple[Document, Any]:
    document = described(
        {"/x": {"get": answering({}, parameters=[{"name": "p", "in": "query", "schema": schema, **more}])}}
    )
    return document, document.operations[0].parameters[0]


def test_what_does_not_fit_is_told_as_data() -> None:
    document = shop()
    operation = document.operation("createCustomer")
    assert operation is not None
    assert operation.body is not None

    found = Checker(document).complaints(operation.body.media[1].schema, {"email": "x", "tier": "silver"})
    found.sort(key=lambda each: each.place)
    assert [(each.place, each.kind) for each in found] == [
        (("email",), "format"),
        (("name",), "required"),
        (("tier",), "enum"),
    ]
    assert found[2].parts["options"] == ["basic", "gold"]
    assert found[2].parts["value"] == "silver"


def test_what_is_read_only_need_not_be_sent_and_what_is_write_only_is_not_answered() -> None:
    thing = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {"id": {"type": "integer", "readOnly": True}, "secret": {"type": "string", "writeOnly": True}},
    }
    document = described(
        {"/x": {"post": taking({"$ref": "#/components/schemas/T"}, {"$ref": "#/components/schemas/T"})}}, {"T": thing}
    )
    checker, schema = Checker(document), {"$ref": "#/components/schemas/T"}

    assert checker.fits(schema, {"secret": "s"}, "request")
    assert not checker.fits(schema, {"secret": "s"}, "answer")
    assert checker.fits(schema, {"id": 1}, "answer")
    assert not checker.fits(schema, {"id": 1}, "request")


def test_of_several_choices_the_likeliest_is_complained_about() -> None:
    checker, payment = Checker(shop()), {"$ref": "#/components/schemas/Payment"}

    assert [(each.place, each.kind) for each in checker.complaints(payment, {"type": "card", "last4": "x"})] == [
        (("last4",), "pattern")
    ]
    assert [each.kind for each in checker.complaints(payment, {"type": "cash"})] == ["oneOf"]


def test_unknown_fields_are_named_each() -> None:
    schema = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}
    document = described({"/x": {"post": taking(schema, {})}})
    body = document.operations[0].body
    assert body is not None

    found = Checker(document).complaints(body.media[1].schema, {"b": 1, "c": 2})
    assert [(each.place, each.kind) for each in found] == [
        (("b",), "additionalProperties"),
        (("c",), "additionalProperties"),
    ]


def test_schemas_with_odd_names_and_circles_are_checked() -> None:
    schemas = {
        "a b/~c%": {
            "type": "object",
            "properties": {"next": {"$ref": "#/components/schemas/a b~1~0c%25"}, "n": {"type": "integer"}},
        }
    }
    document = described({"/x": {"get": answering({"$ref": "#/components/schemas/a b~1~0c%25"})}}, schemas)
    success = document.operations[0].success
    assert success is not None
    assert success[1].schema is not None

    found = Checker(document).complaints(success[1].schema, {"next": {"next": {"n": "x"}}}, "answer")
    assert [each.place for each in found] == [("next", "next", "n")]


def test_very_many_complaints_end() -> None:
    document = described({"/x": {"post": taking({"type": "array", "items": {"type": "integer"}}, {})}})
    body = document.operations[0].body
    assert body is not None

    found: list[Complaint] = Checker(document).complaints(body.media[1].schema, ["x"] * 100_000)
    assert len(found) == 100


@pytest.mark.parametrize(
    ("schema", "more", "texts", "value"),
    [
        ({"type": "integer"}, {}, ["5"], 5),
        ({"type": "integer"}, {}, ["5.5"], "5.5"),
        ({"type": "number"}, {}, ["5.5"], 5.5),
        ({"type": "number"}, {}, ["nan"], "nan"),
        ({"type": "boolean"}, {}, ["True"], True),
        ({"type": "boolean"}, {}, ["yes"], "yes"),
        ({"type": ["integer", "null"]}, {}, ["null"], None),
        ({"type": "string"}, {}, ["5"], "5"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, {}, ["7"], 7),
        ({"type": "array", "items": {"type": "integer"}}, {}, ["1", "2"], [1, 2]),
        ({"type": "array", "items": {"type": "integer"}}, {"explode": False}, ["1,2"], [1, 2]),
        (
            {"type": "array", "items": {"type": "string"}},
            {"style": "pipeDelimited", "explode": False},
            ["a|b"],
            ["a", "b"],
        ),
        ({}, {"content": {"application/json": {"schema": {"type": "object"}}}}, ['{"a": 1}'], {"a": 1}),
        ({"type": "integer"}, {}, ["9" * 400], "9" * 400),
    ],
)
def test_texts_of_a_query_become_values(schema: Any, more: Any, texts: list[str], value: Any) -> None:
    document, described_parameter = parameter(schema, **more)

    assert parameter_value(document, described_parameter, texts) == value


def test_forms_with_brackets_become_values_of_their_types() -> None:
    schema = {
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "capture": {"type": "boolean"},
            "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
            "lines": {"type": "array", "items": {"type": "object", "properties": {"quantity": {"type": "integer"}}}},
            "expand": {"type": "array", "items": {"type": "string"}},
        },
    }
    pairs = [("amount", "5"), ("capture", "false"), ("metadata[order]", "6735"), ("lines[0][quantity]", "2")]
    pairs += [("lines[1][quantity]", "x"), ("expand[]", "a"), ("expand[]", "b"), ("odd[", "1"), ("[x]", "2")]

    assert typed(described({"/x": {"get": answering({})}}), schema, nested(pairs)) == {
        "amount": 5,
        "capture": False,
        "metadata": {"order": "6735"},
        "lines": [{"quantity": 2}, {"quantity": "x"}],
        "expand": ["a", "b"],
        "odd[": "1",
        "[x]": "2",
    }


def test_hostile_forms_stay_small() -> None:
    deep = nested([("a" + "[b]" * 10_000, "1")])

    assert list(deep.values()) == ["1"]
    assert nested([("a[b]", "1"), ("a[b][c]", "2"), ("a", "3")]) == {"a": "3"}
