"""Taking back a part of what a call wrote, by kind of part."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fault_injection.records import tear
from fault_injection.scene import Ground, Scene
from worlds.changes import Change
from worlds.part import Moment


def _files(ground: Ground, scene: Scene, changes: Sequence[Change], share: float) -> bool:
    """Keep the beginning of the last file that was written."""
    moment = Moment(scene.now_ns, "fault", scene.draws.chance)
    part: Any = ground.part
    for change in reversed(changes):
        after = change.after if isinstance(change.after, dict) else {}
        if after.get("kind") == "file" and after.get("size"):
            path = change.path[change.path.index("/") :]
            data: bytes = part.read(path)
            kept = b64encode(data[: int(len(data) * share)]).decode()
            part.perform("write", {"path": path, "base64": kept}, moment)
            return True
    return False


def _rows(ground: Ground, scene: Scene, changes: Sequence[Change], share: float) -> bool:
    """Take back the rows behind the first ones."""
    moment = Moment(scene.now_ns, "fault", scene.draws.chance)
    rows = [change for change in changes if isinstance(change.after, dict) and "[" in change.path]
    torn = rows[max(1, int(len(rows) * share)) :]
    for change in torn:
        table = change.path.split(".", 1)[1].split("[", 1)[0]
        where = dict(change.after)
        if change.kind == "added":
            ground.part.perform("delete", {"table": table, "where": where}, moment)
        else:
            ground.part.perform("update", {"table": table, "set": dict(change.before), "where": where}, moment)
    return bool(torn)


PARTIAL: Final[Mapping[str, Callable[[Ground, Scene, Sequence[Change], float], bool]]] = {
    "filesystem": _files, "sqlite": _rows, "sql": _rows, "duckdb": _rows,
    **dict.fromkeys(("api", "mail", "tools", "user"), tear),
}  # fmt: skip
