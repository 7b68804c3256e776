"""What others do to a world, as data, and what they would do to the thing that a call names."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import Field

from fault_injection.records import another_value
from fault_injection.scene import Ground, Scene
from worlds.changes import Change
from worlds.part import Settings
from worlds.records import RecordsPart

_MORE_MAX = 9
TOUCHED: Final = frozenset(("api", "filesystem", "mail", "sql", "tools"))
"""The kinds of parts of which it is known what others do there."""


class Deed(Settings):
    """An operation on a part of the world, as events have it."""

    server: str | None = Field(None, description="On which server; default: that of the call.")
    operation: str = Field(alias="do", description="The operation of that kind of part, such as `append` or `update`.")
    settings: dict[str, Any] = Field(default_factory=dict, alias="with", description="Its arguments.")


async def somebody(ground: Ground, scene: Scene) -> Deed | None:
    """What somebody may do to what the call names: a line more in a file, or another number in a row or a record that
    it is about to change. None where nothing fits."""
    if ground.part.kind == "filesystem":
        return _a_line(ground, scene)
    if isinstance(ground.part, RecordsPart):
        return _a_value(ground, scene, await _coming(ground))
    return _a_number(scene, await _coming(ground)) if ground.part.kind == "sql" else None


def _a_line(ground: Ground, scene: Scene) -> Deed | None:
    arguments = scene.asked.arguments
    path = arguments.get("path") if isinstance(arguments, dict) else None
    if not isinstance(path, str):
        return None
    part: Any = ground.part
    try:
        if part.lstat(path).kind != "file":
            return None
    except Exception:  # whatever the tree says of the path, nobody can edit it
        return None
    word = scene.draws.hex(6, "word")
    return Deed.model_validate({"do": "append", "with": {"path": path, "text": f"\n-- {word}\n"}})


async def _coming(ground: Ground) -> list[Change]:
    """What the call would change."""
    before, after = ground.world.fork(), ground.world.fork()
    try:
        await ground.apply_to(after)
        return after.diff(before)
    finally:
        before.close()
        after.close()


def _a_value(ground: Ground, scene: Scene, coming: Sequence[Change]) -> Deed | None:
    """Another value in a record of the call's server."""
    own = [change for change in coming if change.path.startswith(f"{scene.asked.server}.")]
    found = another_value(ground, scene, own)
    if found is None:
        return None
    (table, key), changed = found
    return Deed.model_validate({"do": "patch", "with": {"table": table, "key": key, "record": changed}})


def _a_number(scene: Scene, coming: Sequence[Change]) -> Deed | None:
    """A row is known by all that it holds, so that nobody has to know its key."""
    found = [change for change in coming if _is_row(change, scene.asked.server)]
    column = _column(found[0]) if found else None
    if column is None:
        return None
    row: Mapping[str, Any] = found[0].before
    table = found[0].path.split(".", 1)[1].rpartition("[")[0]
    more = row[column] + 1 + scene.draws.below(_MORE_MAX, "more")
    where = {name: value for name, value in row.items() if isinstance(value, int | str)}
    return Deed.model_validate({"do": "update", "with": {"table": table, "set": {column: more}, "where": where}})


def _is_row(change: Change, server: str) -> bool:
    return change.path.startswith(f"{server}.") and change.path.endswith("]") and isinstance(change.before, dict)


def _column(change: Change) -> str | None:
    """The number that the call changes, or else one that is not the row's key."""
    key = change.path.rpartition("[")[2][:-1].split(",")
    after = change.after if isinstance(change.after, dict) else change.before
    numbers = [name for name, value in change.before.items() if type(value) is int and str(value) not in key]
    changed = [name for name in numbers if change.before[name] != after[name]]
    return next(iter((*changed, *numbers)), None)
