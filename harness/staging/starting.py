"""The first scenario of somebody's own: a folder that works as it is, to be changed bit by bit."""

import re
import shutil
from pathlib import Path
from typing import Any, Final

import orjson

from harness.errors import HarnessError
from harness.staging.editor_schema import scenario_schema, world_schema
from harness.staging.suite import suite_names
from worlds.worldfile import library_names
from worlds.yamlfile import parse_yaml

STARTER: Final = Path(__file__).parents[1] / "starter"
SCHEMAS: Final = ".schemas"
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,62}[a-z0-9_-])?")
_PLACEHOLDER: Final = "scenario: NAME\n"


class StartError(HarnessError):
    """A new scenario that cannot be written."""

    code = "start"


def write_starter(name: str, parent: Path) -> Path:
    """Write a working scenario and its world into a new folder `parent/name`, which is returned.

    Raises StartError for a name that cannot be used and for a folder that is there already.
    """
    if not _NAME.fullmatch(name):
        raise StartError(f"{name!r} cannot name a scenario", hint="use lower-case letters, digits, -, _ and .")
    if name in {*suite_names(), *library_names()}:
        raise StartError(f"{name!r} names what is built in already", hint="choose another name")
    folder = parent / name
    try:
        folder.mkdir(parents=True)
        _fill(folder, name)
    except FileExistsError:
        raise StartError(
            f"{folder} is there already", hint="choose another name, or another place with --dir"
        ) from None
    except OSError as error:
        raise StartError(
            f"cannot write {folder}: {error.strerror or error}", hint="choose a place with --dir"
        ) from None
    return folder


def _fill(folder: Path, name: str) -> None:
    for source in sorted(STARTER.rglob("*")):
        target = folder / source.relative_to(STARTER)
        target.mkdir() if source.is_dir() else shutil.copyfile(source, target)
    scenario = folder / "scenario.yaml"
    text = scenario.read_text(encoding="utf-8").replace(_PLACEHOLDER, f"scenario: {_spelled(name)}\n")
    scenario.write_text(text, encoding="utf-8")
    (folder / SCHEMAS).mkdir()
    _write_json(folder / SCHEMAS / "scenario.json", scenario_schema())
    _write_json(folder / SCHEMAS / "world.json", world_schema())


def _spelled(name: str) -> str:
    """A name as YAML keeps it a text."""
    return name if parse_yaml(name).data == name else f'"{name}"'


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
