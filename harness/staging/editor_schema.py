"""JSON schemas (draft 2020-12) of the two files that people write, for editors that complete and check them."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from pydantic import BaseModel

from fault_injection.schema import rule_schema
from harness.check import check_kinds
from harness.scenario import ScenarioFile
from sandbox_server.family import families
from worlds.part import part_kinds
from worlds.worldfile import WorldFile

Schema = dict[str, Any]
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
PLACEHOLDER: Final = "placeholder"
_UNTOUCHED: Final = ("soundstage", "scenario", "params")
_SCALARS: Final = ("integer", "number", "boolean", "array")
_WHEN: Final[Schema] = {
    "type": ["string", "boolean"],
    "description": "A condition over parameters, like `amount > 1000 and mood in ['calm', 'cross']`; where it is "
    "false, this is left out.",
}
_NAME: Final[Schema] = {"type": "string", "minLength": 1, "description": "Its name, in reports."}
_WORTH: Final[Schema] = {
    "type": "number", "exclusiveMinimum": 0, "maximum": 1, "description": "What reaching it adds to the reward.",
}  # fmt: skip
_STEP: Final[Schema] = {
    "type": "object",
    "description": "One step of a script: a call, a wait, or the final answer.",
    "properties": {
        "say": {"description": "The final answer."},
        "wait": {"type": "string", "description": "Let the world's time pass: `250ms`, `20s`, `5m`, `2h`, `1d`."},
        "as": {"type": "string", "description": "Keep the answer: later steps may use `${name.data[0].id}`."},
        "expect": {"const": "error", "description": "The call must fail."},
        "when": _WHEN,
    },
    "patternProperties": {
        r"^[a-z][a-z0-9_]*\..+$": {"type": ["object", "null"], "description": "Call this tool with these arguments."}
    },
    "additionalProperties": False,
}


def scenario_schema() -> Schema:
    """The schema of scenario files: every check, every kind of server, `${...}` wherever a value may stand."""
    schema = _plain(ScenarioFile)
    definitions = schema.setdefault("$defs", {})
    properties = schema["properties"]
    properties["params"]["propertyNames"] = {"pattern": "^[a-z_][a-z0-9_]*$"}
    properties["success"]["additionalProperties"] = _checks(definitions, "check", {})
    properties["milestones"]["items"] = _checks(definitions, "milestone", {"name": _NAME, "worth": _WORTH})
    definitions["GuardFile"]["properties"]["never"]["items"] = _checks(definitions, "never", {"name": _NAME})
    definitions["EventFile"]["properties"]["when"] = _WHEN
    properties["faults"]["anyOf"] = [{"type": "string"}, {"type": "array", "items": _faults(definitions)}]
    properties["reference"]["items"] = {"$ref": "#/$defs/step"}
    definitions["step"] = _STEP
    properties["world"] = {"anyOf": _worlds(definitions), "description": properties["world"]["description"]}
    opened = {name: field if name in _UNTOUCHED else _opened(field) for name, field in properties.items()}
    definitions = {name: _opened(each) for name, each in definitions.items()}
    definitions[PLACEHOLDER] = {
        "type": "string", "pattern": r"^\$\{[^}]+\}$", "description": "A parameter, put in with its type.",
    }  # fmt: skip
    return {"$schema": DRAFT, **schema, "title": "Scenario", "properties": opened, "$defs": definitions}


def world_schema() -> Schema:
    """The schema of world files, with the settings of every kind of server."""
    schema = _world({})
    return {"$schema": DRAFT, **schema, "title": "World"}


def _faults(definitions: Schema) -> Schema:
    """An entry of `faults`: a profile by its name, or a rule."""
    rule: Schema = _untitled(rule_schema(definitions))
    rule["properties"]["when"] = _WHEN
    definitions["rule"] = rule
    named = {
        "type": "object",
        "properties": {"profile": {"type": "string", "description": "A profile's name or path."}, "when": _WHEN},
        "required": ["profile"],
        "additionalProperties": False,
    }
    return {"anyOf": [{"type": "string"}, named, {"$ref": "#/$defs/rule"}]}


def _worlds(definitions: Schema) -> list[Schema]:
    """What `world` of a scenario may be."""
    definitions["world"] = _world(definitions)
    changed = {
        "type": "object",
        "properties": {
            "base": {"type": "string", "description": "Name or path of a world."},
            "clock": {"type": "string", "description": "Another first time, ISO 8601."},
            "with": {
                "type": "object",
                "description": "Server to what is merged into its first state: files by path, rows and records by key.",
                "additionalProperties": {"type": "object"},
            },
        },
        "required": ["base"],
        "additionalProperties": False,
    }
    return [{"type": "string"}, changed, {"$ref": "#/$defs/world"}]


def _world(definitions: Schema) -> Schema:
    """A world's schema; where it has no definitions to add to, it brings its own."""
    schema = _plain(WorldFile)
    own = schema.setdefault("$defs", {})
    kinds = [kind for kind in part_kinds.names() if kind in families.names()]
    target = definitions or own
    for kind in kinds:
        target[f"server_{kind}"] = _server(kind, target)
    if definitions:
        definitions.update(schema.pop("$defs"))
    schema["properties"]["servers"]["additionalProperties"] = {
        "anyOf": [{"$ref": f"#/$defs/server_{kind}"} for kind in kinds]
    }
    return schema


def _server(kind: str, definitions: Schema) -> Schema:
    """The settings of a kind of server: its part's, and those of how it is presented."""
    part, family = _plain(part_kinds.get(kind).Settings), _plain(families.get(kind).Settings)
    for schema in (family, part):
        definitions.update(schema.pop("$defs", {}))
    return {
        **part,
        "properties": {"kind": {"const": kind}, **family.get("properties", {}), **part["properties"]},
        "required": ["kind", *part.get("required", []), *family.get("required", [])],
    }


def _checks(definitions: Schema, prefix: str, extra: Mapping[str, Schema]) -> Schema:
    """Any check, with more keys beside its own; adds one definition for each kind."""
    kinds = check_kinds.names()
    for kind in kinds:
        schema = _plain(check_kinds.get(kind).Settings)
        definitions.update(schema.pop("$defs", {}))
        schema["properties"] = {**extra, **schema["properties"], "when": _WHEN}
        schema["required"] = list(dict.fromkeys([*extra, kind, *schema.get("required", [])]))
        definitions[f"{prefix}_{kind}"] = schema
    return {"anyOf": [{"$ref": f"#/$defs/{prefix}_{kind}"} for kind in kinds]}


def _plain(model: type[BaseModel]) -> Schema:
    """A model's schema without the titles that only repeat its names."""
    schema: Schema = _untitled(model.model_json_schema(by_alias=True))
    return schema


def _untitled(value: Any, *, names: bool = False) -> Any:
    """A schema without titles; `names`: the keys here are names of properties or definitions."""
    if isinstance(value, list):
        return [_untitled(item) for item in value]
    if not isinstance(value, dict):
        return value
    inside = ("properties", "$defs", "patternProperties")
    return {
        key: _untitled(item, names=not names and key in inside)
        for key, item in value.items()
        if names or key != "title"
    }


def _opened(schema: Any) -> Any:
    """A schema that also accepts `${...}` where it wants anything but free text."""
    if isinstance(schema, list):
        return [_opened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = deepcopy(schema)
    for key in ("properties", "patternProperties"):
        if isinstance(inner.get(key), dict):
            inner[key] = {name: _opened(item) for name, item in inner[key].items()}
    for key in ("items", "additionalProperties", "anyOf", "prefixItems", "allOf", "then"):
        if key in inner:
            inner[key] = _opened(inner[key])
    return _or_placeholder(inner) if _is_strict(inner) else inner


def _is_strict(schema: Mapping[str, Any]) -> bool:
    """Whether a schema refuses texts such as `${name}`."""
    kind = schema.get("type")
    odd = kind == "string" and ("pattern" in schema or "format" in schema)
    return kind in _SCALARS or odd or "enum" in schema or ("const" in schema and "kind" not in schema)


def _or_placeholder(schema: Schema) -> Schema:
    told = {key: schema.pop(key) for key in _kept(schema)}
    return {"anyOf": [schema, {"$ref": f"#/$defs/{PLACEHOLDER}"}], **told}


def _kept(schema: Schema) -> Sequence[str]:
    return [key for key in ("description", "default") if key in schema]
