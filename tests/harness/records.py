"""Every line of every trajectory that tests look at must be what the published schema says."""

import json
from functools import cache
from pathlib import Path

import jsonschema_rs

from harness.trajectory import json_schema


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json_schema())


def assert_published_form(path: Path) -> None:
    """Raise where a line of a trajectory file is not as the schema says."""
    for line in path.read_text(encoding="utf-8").splitlines():
        _validator().validate(json.loads(line))
