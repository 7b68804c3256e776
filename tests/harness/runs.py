"""Runs as tests compare them: whole, but for what the host's clock and the number of attempts say."""

import json
from pathlib import Path
from typing import Any

from tests.harness.command import Command
from tests.harness.scenes import record_of, without_wall_clock

_VOLATILE = {"run", "file", "seconds", "seconds_median", "attempt", "tried_again", "spent"}


def played(folder: Path) -> dict[str, list[Any]]:
    """Every record of a run by its name, each opened at its first attempt."""
    found = {path.name: record_of(path) for path in sorted((folder / "episodes").glob("*.jsonl"))}
    for records in found.values():
        records[0].pop("attempt")
    return found


def outcome_of(soundstage: Command, folder: Path) -> Any:
    """What a run that has ended came to, as `--json` tells it."""
    return steady(json.loads(soundstage("run", "--resume", folder, "--json").out))


def steady(value: Any) -> Any:
    """The same without what differs between two runs of one kind."""
    if isinstance(value, dict):
        return {key: steady(item) for key, item in without_wall_clock(value).items() if key not in _VOLATILE}
    return [steady(item) for item in value] if isinstance(value, list) else value
