"""The JSON schemas that editors use agree with what is read."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from fault_injection.profile import LIBRARY as PROFILES
from fault_injection.schema import profile_schema
from harness.staging.editor_schema import scenario_schema, world_schema
from harness.staging.starting import STARTER
from harness.staging.suite import LIBRARY
from tests.harness.command import Command
from tests.harness.test_conditions import SCENE
from tests.harness.test_events import EVENTS
from tests.harness.test_scenario_rules import CHANGED, FULL
from tests.harness.test_variants import SALE
from worlds.worldfile import LIBRARY as WORLDS
from worlds.yamlfile import parse_yaml, read_yaml

SCENARIOS = [*sorted(LIBRARY.glob("*/*.yaml")), STARTER / "scenario.yaml"]
FILES = [*sorted(WORLDS.glob("*/world.yaml")), STARTER / "world.yaml"]
TEXTS = {"full": FULL, "events": EVENTS, "changed": CHANGED, "conditions": SCENE, "params": SALE}
SCENARIO = jsonschema_rs.Draft202012Validator(scenario_schema())
WORLD = jsonschema_rs.Draft202012Validator(world_schema())


def short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def read(path: Path) -> Any:
    data = read_yaml(path).data
    return {**data, "scenario": "name"} if path.parent == STARTER and "scenario" in data else data


@pytest.mark.parametrize(
    "schema", [scenario_schema(), world_schema(), profile_schema()], ids=["scenario", "world", "profile"]
)
def test_schemas_are_schemas_of_the_draft_that_they_name(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)
    assert all(field.get("description") for field in schema["properties"].values())


@pytest.mark.parametrize("path", SCENARIOS, ids=short)
def test_every_shipped_scenario_is_accepted(path: Path) -> None:
    assert [f"{error.instance_path}: {error.message}" for error in SCENARIO.iter_errors(read(path))] == []


@pytest.mark.parametrize("path", FILES, ids=short)
def test_every_shipped_world_is_accepted(path: Path) -> None:
    assert [f"{error.instance_path}: {error.message}" for error in WORLD.iter_errors(read(path))] == []


@pytest.mark.parametrize(
    "text", [FULL, EVENTS, CHANGED, SCENE, SALE], ids=["full", "events", "changed", "when", "params"]
)
def test_everything_that_scenarios_may_hold_is_accepted(text: str) -> None:
    data = json.loads(json.dumps(parse_yaml(text).data))

    assert [f"{error.instance_path}: {error.message}" for error in SCENARIO.iter_errors(data)] == []


GOOD: dict[str, Any] = {"task": "t", "world": "bookshop", "success": {"a": {"file": "/x"}}}
WRONG: list[dict[str, Any]] = [
    {"colour": 1},
    {"task": 3},
    {"success": {"a": {"is": 1}}},
    {"success": {"a": {"file": "/x", "size": 1}}},
    {"success": {}},
    {"limits": {"steps": "many"}},
    {"guard": {"may_change": [3]}},
    {"guard": {"never": [{"sql": "select 1", "is": 1}]}},
    {"milestones": [{"name": "a", "file": "/x"}]},
    {"milestones": [{"name": "a", "file": "/x", "worth": 2}]},
    {"reference": [{"shop": {}}]},
    {"reference": [{"say": "x", "expect": "success"}]},
    {"events": [{"at": "+1m", "server": "files"}]},
    {"world": {"base": "bookshop", "wit": {}}},
    {"world": {"world": "w", "servers": {"a": {"kind": "fridge"}}}},
    {"params": {"Amount": [1]}},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: json.dumps(wrong)[:40])
def test_what_is_refused_when_it_is_read_is_marked_before(wrong: dict[str, Any]) -> None:
    assert SCENARIO.is_valid(GOOD)
    assert not SCENARIO.is_valid({**GOOD, **wrong})


def test_the_command_prints_them(soundstage: Command) -> None:
    assert json.loads(soundstage("schema", "--scenario").out) == scenario_schema()
    assert json.loads(soundstage("schema", "--of", "scenario").out) == scenario_schema()
    assert json.loads(soundstage("schema", "--world").out) == world_schema()
    assert json.loads(soundstage("schema", "--profile").out) == profile_schema()


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_profiles_of_the_library_are_what_editors_are_told(path: Path) -> None:
    assert jsonschema_rs.Draft202012Validator(profile_schema()).is_valid(json.loads(json.dumps(read_yaml(path).data)))
