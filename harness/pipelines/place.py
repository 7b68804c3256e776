"""Where in a scenario's file something stands."""

from collections.abc import Sequence
from pathlib import Path

from worlds.errors import Problem
from worlds.yamlfile import read_yaml


def line_of(file: Path, checks: Sequence[str]) -> int:
    """The line of the first of these checks, else that of what success is, else the first; from 1."""
    if file.suffix not in (".yaml", ".yml"):
        return 1
    try:
        document = read_yaml(file)
    except (Problem, OSError):
        return 1
    paths = [*(("success", name) for name in checks), ("success",)]
    return next((document.places[path][0] for path in paths if path in document.places), 1)
