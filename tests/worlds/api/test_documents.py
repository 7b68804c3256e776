"""Reading API descriptions: what is understood, what is named as not supported, and what is refused."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pace import slowness
from tests.worlds.api.described import SHOP, answering, described, shop
from worlds.parts.api.document import Document, parse_document, read_document
from worlds.yamlfile import FileProblem

OBJECT = {"type": "object", "properties": {"id": {"type": "integer"}}}
SECONDS_MAX = 20.0
"""Of CPU time."""


def schema_of(schema: Any, version: str = "3.0.3", others: dict[str, Any] | None = None) -> Any:
    """A named schema after it was read."""
    document = described({"/x": {"get": answering({})}}, {"It": schema, **(others or {})}, version)
    return document.schemas["It"]


def messages(document: Document) -> list[str]:
    return [str(each) for each in document.problems]


def test_every_operation_is_found_with_an_id_of_its_own() -> None:
    """A missing operationId is made from method and path."""
    document = shop()

    assert [(each.method, each.path, each.id) for each in document.operations][:4] == [
        ("GET", "/customers", "listCustomers"),
        ("POST", "/customers", "createCustomer"),
        ("GET", "/customers/{id}", "get_customers_id"),
        ("PATCH", "/customers/{id}", "changeCustomer"),
    ]
    assert not document.operations[2].named
    assert len({each.id for each in document.operations}) == len(document.operations) == 15


def test_parameters_of_a_path_belong_to_its_operations() -> None:
    """References to parameters are followed, and an operation's own go before its path's."""
    paths = {
        "/x/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
            ],
            "get": answering({}, parameters=[{"name": "deep", "in": "query", "schema": {"type": "string"}}]),
        }
    }
    (operation,) = described(paths).operations

    assert [(each.name, each.place, each.required, each.schema) for each in operation.parameters] == [
        ("id", "path", True, {"type": "integer"}),
        ("deep", "query", False, {"type": "string"}),
    ]


def test_a_path_parameter_that_nobody_declared_is_a_text() -> None:
    document = described({"/x/{name}": {"get": answering({})}})

    (parameter,) = document.operations[0].parameters
    assert (parameter.name, parameter.place, parameter.required) == ("name", "path", True)
    assert "is not declared" in messages(document)[0]


def test_the_base_path_is_that_of_the_first_server() -> None:
    assert shop().base_path == "/live/v2"
    assert described({"/x": {"get": answering({})}}).base_path == ""
    assert described({"/x": {"get": answering({})}}, servers=[{"url": "/api/"}]).base_path == "/api"


def test_security_is_the_operations_own_or_the_documents() -> None:
    paths = {"/a": {"get": answering({})}, "/b": {"get": answering({}, security=[])}}
    document = described(paths, security=[{"key": ["read"]}])

    assert [each.security for each in document.operations] == [({"key": ("read",)},), ()]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "enum": ["a"], "nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
        (
            {"allOf": [{"type": "string"}], "nullable": True},
            {"anyOf": [{"allOf": [{"type": "string"}]}, {"type": "null"}]},
        ),
        ({"anyOf": [{"type": "string"}], "nullable": True}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 9, "exclusiveMaximum": False}, {"maximum": 9}),
        ({"type": "string", "example": "x"}, {"type": "string", "examples": ["x"]}),
        ({"type": "array", "items": [{"type": "string"}]}, {"type": "array", "prefixItems": [{"type": "string"}]}),
        ({"type": "file"}, {"type": "string", "format": "binary"}),
        ({"type": "any", "description": "x"}, {"description": "x"}),
        ({"pattern": "([a-z"}, {}),
        ({"required": True, "type": "string"}, {"type": "string"}),
        ({"maxLength": "ten"}, {}),
        (True, {}),
    ],
)
def test_older_and_broken_schemas_mean_what_they_should(written: Any, meant: Any) -> None:
    assert schema_of(written) == meant


def test_references_stay_references_and_may_form_circles() -> None:
    document = described(
        {"/x": {"get": answering({"$ref": "#/components/schemas/Tree"})}},
        {"Tree": {"type": "object", "properties": {"parent": {"$ref": "#/components/schemas/Tree"}}}},
    )

    assert document.schemas["Tree"]["properties"]["parent"] == {"$ref": "#/components/schemas/Tree"}
    assert document.resolve({"$ref": "#/components/schemas/Tree"}) is document.schemas["Tree"]


def test_a_reference_to_itself_is_an_empty_schema() -> None:
    document = described(
        {"/x": {"get": answering({})}},
        {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}},
    )

    assert document.resolve({"$ref": "#/components/schemas/A"}) == {}


def test_a_reference_into_a_schema_gets_a_name() -> None:
    schema = schema_of(
        {"$ref": "#/components/schemas/Other/properties/a"}, others={"Other": {"properties": {"a": OBJECT}}}
    )

    assert schema == {"$ref": "#/components/schemas/Other.a"}


def test_a_reference_that_leads_nowhere_is_named_with_its_place() -> None:
    document = described({"/x": {"get": answering({"$ref": "#/components/schemas/Gone"})}})

    assert document.operations[0].success is not None
    assert document.operations[0].success[1].schema == {}
    (problem,) = document.problems
    assert problem.pointer == "/paths/~1x/get/responses/200/content/application~1json/schema"
    assert "'Gone'" in problem.message


def test_what_is_not_supported_is_named_with_line_and_column() -> None:
    """Lines and columns are those of the key in the file."""
    lines = SHOP.read_text().splitlines()
    problems = {each.pointer: each for each in shop().problems}

    assert set(problems) == {"/paths/~1orders/post/callbacks/shipped", "/webhooks/orderShipped"}
    for pointer, each in problems.items():
        assert lines[each.line - 1][each.column - 1 :].startswith(pointer.rpartition("/")[2])


def test_a_document_in_json_is_read_as_in_yaml_places_included(tmp_path: Path) -> None:
    same = tmp_path / "shop.json"
    same.write_text(json.dumps(yaml.safe_load(SHOP.read_text()), indent=1))
    ours, theirs = shop(), read_document(same)

    assert theirs.operations == ours.operations
    assert theirs.schemas == ours.schemas
    lines = same.read_text().splitlines()
    for each in theirs.problems:
        assert lines[each.line - 1][each.column - 1 :].startswith(f'"{each.pointer.rpartition("/")[2]}"')
    assert len(theirs.problems) == len(ours.problems)


def test_files_beside_the_document_are_read_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "pet.yaml").write_text("type: object\nproperties:\n  owner: {$ref: 'owner.yaml#/Owner'}\n")
    (tmp_path / "schemas" / "owner.yaml").write_text("Owner: {type: string}\n")
    (tmp_path / "secret.yaml").write_text("type: string\n")
    (tmp_path / "api").mkdir()
    main = {"openapi": "3.0.0", "info": {}, "paths": {"/x": {"get": answering({"$ref": "schemas/pet.yaml"})}}}
    (tmp_path / "main.json").write_text(json.dumps(main))
    inside = read_document(tmp_path / "main.json")
    main["paths"] = {"/x": {"get": answering({"$ref": "../secret.yaml"})}}
    (tmp_path / "api" / "main.json").write_text(json.dumps(main))
    outside = read_document(tmp_path / "api" / "main.json")

    assert inside.schemas["pet"]["properties"] == {"owner": {"$ref": "#/components/schemas/Owner"}}
    assert outside.schemas == {}
    assert "only files in the folder of the document" in messages(outside)[0]


def test_references_to_the_net_are_not_followed() -> None:
    document = described({"/x": {"get": answering({"$ref": "https://example.com/schema.json"})}})

    assert "only files beside the document are read" in messages(document)[0]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("[]", "1:1", "a mapping"),
        ("swagger: '2.0'\ninfo: {}", "1:1", "version 2.0"),
        ("info: {}\nopenapi: 1.2\n", "2:1", "not an OpenAPI 3 document"),
        ("openapi: 3.0.0\ninfo: {}\npaths: {}\n", "3:1", "no paths"),
        ("openapi: 3.0.0\npaths: {/x: [}\n", "2:14", "not valid YAML"),
        ('{"openapi": "3.0.0", "paths": }', "1:31", "not valid"),
        ("", "1:1", "a mapping"),
        ("openapi: 3.0.0\npaths: !!python/object:os.system {}\n", "2:8", "the tag"),
    ],
)
def test_what_is_no_description_is_refused_with_the_place(text: str, place: str, said: str) -> None:
    with pytest.raises(FileProblem) as caught:
        parse_document(text, "api.yaml")

    assert caught.value.message.startswith(f"api.yaml:{place}: ")
    assert said in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{c}: &{c} [" + ",".join(f"*{p}" for _ in range(9)) + "]\n"
            for p, c in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "a: &a {b: *a}\n",
        "[" * 100_000,
        '{"a":' * 100_000,
        "a: " + "[" * 5_000 + "]" * 5_000,
        '{"openapi": "3.0.0", "paths": ' + '{"a":' * 900 + "1" + "}" * 901,
    ],
    ids=["alias bomb", "alias circle", "open lists", "open objects", "deep yaml", "deep json"],
)
def test_hostile_texts_are_refused_soon(text: str) -> None:
    begin = time.process_time()
    with pytest.raises(FileProblem):
        parse_document(text)

    assert time.process_time() - begin < SECONDS_MAX * slowness()


def test_odd_values_in_every_place_break_nothing() -> None:
    """Whatever stands where a mapping, a list or a text is expected, the rest is read."""
    odd: list[Any] = [None, True, 7, "text", [], [None], {}, {"$ref": 5}, {"$ref": "#/nowhere"}]
    for value in odd:
        paths = {
            "/a": value,
            "/b": {
                "get": {"parameters": value, "requestBody": value, "responses": value, "security": value, "tags": value}
            },
            "/c": {"post": {"responses": {"200": value}, "callbacks": value}, "parameters": [value]},
            "/d": {"get": answering(value), "servers": value},
            "/e": {"get": answering({"properties": value, "allOf": value, "items": value, "discriminator": value})},
            "nothing": {},
        }
        document = described(paths, {"S": value}, servers=value, tags=value, webhooks=value, security=value)
        assert {each.path for each in document.operations} >= {"/b", "/c", "/d", "/e"}


def test_ten_megabytes_are_read_within_seconds() -> None:
    schemas = {
        f"S{n}": {
            "type": "object",
            "description": "word " * 300,
            "properties": {"next": {"$ref": f"#/components/schemas/S{n + 1}"}},
        }
        for n in range(6_000)
    }
    schemas["S6000"] = {"type": "string"}
    begin = time.process_time()
    document = described({"/x": {"get": answering({"$ref": "#/components/schemas/S0"})}}, schemas)

    assert len(document.schemas) == 6_001
    assert not document.problems
    assert time.process_time() - begin < SECONDS_MAX * slowness()
