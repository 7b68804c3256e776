"""The JSON Schema of profiles, for editors: every fault with its settings, every trigger with its keys."""

from typing import Any

from fault_injection.fault import faults
from fault_injection.profile import ProfileFile
from fault_injection.rule import RuleFile
from fault_injection.trigger import Trigger, triggers

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def profile_schema() -> dict[str, Any]:
    """What a profile's file may hold."""
    found: dict[str, Any] = {}
    schema = _hoisted(ProfileFile.model_json_schema(), found)
    schema["properties"]["rules"]["items"] = {"$ref": "#/$defs/Rule"}
    found["Rule"] = rule_schema(found)
    return {"$schema": DRAFT, **schema, "$defs": found}


def rule_schema(found: dict[str, Any]) -> dict[str, Any]:
    """What a rule may hold; definitions go to `found`."""
    schema = _hoisted(RuleFile.model_json_schema(), found)
    schema["properties"] |= {name: _trigger(kind, found) for name, kind in triggers}
    schema["properties"]["fault"]["enum"] = faults.names()
    schema["allOf"] = [
        {
            "if": {"properties": {"fault": {"const": name}}, "required": ["fault"]},
            "then": {"properties": {"with": _hoisted(kind.model_json_schema(), found)}},
        }
        for name, kind in faults
    ]
    return schema


def _trigger(kind: type[Trigger], found: dict[str, Any]) -> dict[str, Any]:
    """A mapping, or the bare value that stands for one."""
    schema = _hoisted(kind.model_json_schema(), found)
    if not kind.short:
        return schema
    described = {"description": schema.get("description", "")}
    return {**described, "anyOf": [schema["properties"][kind.short], schema]}


def _hoisted(schema: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A schema whose definitions are moved to `found`."""
    found |= schema.pop("$defs", {})
    return schema
