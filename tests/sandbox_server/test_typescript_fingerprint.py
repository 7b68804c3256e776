"""Arguments are checked in the words of the TypeScript SDK's validation library, asked in Node."""

import json
import subprocess
from typing import Any

import pytest

from sandbox_server.call import ABSENT, Reply
from sandbox_server.fingerprint import fingerprints
from sandbox_server.fingerprints.typescript import TypeScript
from tests.tools import node, require_node_package

VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 1.5, 3, 7, 10, 2**53, "", "a", "b", "abc", "🎭", [], ["a"], ["a", "b", "c"],
    [1, None], {}, {"a": "x"},
    {"a": 1}, {"b": 2}, {"length": 0}, {"length": 2}, {"length": None}, {"length": "many"},
    {"a": "x", "b": 2, "c": [1]}, {"a": None, "d": {"e": [{"f": 1}, 5]}},
    {"a": "x", "d": {"e": [{}]}},
]  # fmt: skip
SCHEMAS: list[dict[str, Any]] = [
    {"type": "string"}, {"type": "string", "minLength": 2}, {"type": "string", "minLength": 1, "maxLength": 2},
    {"type": "number"},
    {"type": "number", "minimum": 1, "maximum": 5}, {"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 7},
    {"type": "integer"}, {"type": "integer", "minimum": 2}, {"type": "number", "multipleOf": 2}, {"type": "boolean"},
    {"type": "null"},
    {"enum": ["a", "b", "c"]}, {"enum": ["a"]}, {"const": "a"}, {"type": "array", "items": {"type": "string"}},
    {"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": 2},
    {"anyOf": [{"type": "string"}, {"type": "number"}]},
    {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "number"}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
    {"type": "object", "properties": {"a": {"type": "string", "default": "d"}, "b": {"type": "number", "default": 0}}},
    {
        "type": "object",
        "properties": {
            "a": {"type": "string"},
            "d": {
                "type": "object",
                "properties": {
                    "e": {
                        "type": "array",
                        "items": {"type": "object", "properties": {"f": {"type": "string"}}, "required": ["f"]},
                    }
                },
                "required": ["e"],
            },
        },
        "required": ["a", "d"],
    },
]  # fmt: skip
ASK = """
import fs from "node:fs";
const part = (step, at) => (at === 0 ? step : typeof step === "number" ? `[${step}]` : `.${step}`);
const place = (path) => path.map(part).join("");
const told = (issue) => (issue.path.length ? `${issue.message} at ${place(issue.path)}` : issue.message);
const [schemas, values] = JSON.parse(fs.readFileSync(0, "utf8"));
const shown = schemas.map((schema) => {
  const check = z.fromJSONSchema({ type: "object", properties: { value: schema }, required: ["value"] });
  return values.map((value) => {
    const result = check.safeParse(value === undefined ? {} : { value });
    return result.success
      ? { value: result.data.value }
      : result.error.issues.map(told).join("\\n");
  });
});
process.stdout.write(JSON.stringify(shown));
"""


@pytest.fixture(scope="module")
def answers() -> list[list[Any]]:
    """What zod says of every value under every schema: the value as taken, or the problems."""
    library = json.dumps((require_node_package("zod") / "index.js").as_uri())
    done = subprocess.run(
        [node(), "--input-type=module", "-e", f"import {{ z }} from {library};{ASK}"],
        input=json.dumps([SCHEMAS, VALUES]),
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found: list[list[Any]] = json.loads(done.stdout)
    return found


def without_surplus(schema: dict[str, Any], value: Any) -> Any:
    """The value without keys that the schema does not know: the SDK drops them, a schema read from JSON keeps them."""
    return {key: value[key] for key in schema["properties"] if key in value} if "properties" in schema else value


@pytest.mark.parametrize("number", range(len(SCHEMAS)), ids=lambda number: json.dumps(SCHEMAS[number])[:60])
def test_values_are_taken_and_refused_as_zod_does(answers: list[list[Any]], number: int) -> None:
    manner = fingerprints.get("typescript")
    schema = {"type": "object", "properties": {"value": SCHEMAS[number]}, "required": ["value"]}
    tool = {"name": "t", "inputSchema": schema}
    prefix = "MCP error -32602: Input validation error: Invalid arguments for tool t: "

    for value, expected in zip(VALUES, answers[number], strict=True):
        taken = manner.accept(tool, {"value": value})

        if isinstance(taken, Reply):
            assert taken.result is not None
            assert taken.result["content"][0]["text"] == f"{prefix}{expected}", value
        else:
            assert taken["value"] == without_surplus(SCHEMAS[number], expected["value"]), value


def test_a_success_says_nothing_of_errors_and_comes_before_the_envelope() -> None:
    manner = TypeScript()

    message = manner.frame(7, manner.text("x", {"content": "x"}))
    refused = manner.frame("a", manner.unknown_method("nope"))

    result = {"content": [{"type": "text", "text": "x"}], "structuredContent": {"content": "x"}}
    assert json.dumps(message) == json.dumps({"result": result, "jsonrpc": "2.0", "id": 7})
    assert json.dumps(refused) == json.dumps(
        {"jsonrpc": "2.0", "id": "a", "error": {"code": -32601, "message": "Method not found"}}
    )


def test_absent_arguments_are_no_arguments_and_null_is_a_bad_request() -> None:
    manner = TypeScript()
    tool = {"name": "t", "inputSchema": {"type": "object", "properties": {"n": {"type": "number", "default": 5}}}}

    assert manner.accept(tool, ABSENT) == {"n": 5}
    refused = manner.accept(tool, None)
    assert isinstance(refused, Reply) and refused.error is not None and refused.error.code == -32603


def test_two_tools_of_one_name_keep_their_own_checks() -> None:
    manner = TypeScript()
    texts, numbers = (
        {"name": "t", "inputSchema": {"type": "object", "properties": {"a": {"type": kind}}, "required": ["a"]}}
        for kind in ("string", "number")
    )

    assert manner.accept(texts, {"a": "x"}) == {"a": "x"}
    assert isinstance(manner.accept(numbers, {"a": "x"}), Reply)
    assert manner.accept(numbers, {"a": 1, "surplus": 2}) == {"a": 1}


def test_a_list_of_nothing_but_mistakes_is_not_read_to_its_end() -> None:
    paths = {
        "type": "object",
        "properties": {"paths": {"type": "array", "items": {"type": "string"}}},
        "required": ["paths"],
    }
    tool = {"name": "t", "inputSchema": paths}

    refusal = fingerprints.get("typescript").accept(tool, {"paths": list(range(400_000))})
    assert isinstance(refusal, Reply)
    assert json.dumps(refusal.to_json()).count("expected string, received number") == 5_000
