"""What a scenario changes in the first state of its world: files by path, rows by their keys."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from worlds.errors import WorldError
from worlds.part import Moment, Part


def merge(part: Part, changes: Any, moment: Moment) -> None:
    """Merge a scenario's changes into one part. Raises WorldError with what is wrong and what would be accepted."""
    how = _HOW.get(part.kind)
    if how is None:
        raise WorldError(f"a scenario cannot change a {part.kind} server", hint=f"it can change: {', '.join(_HOW)}")
    if not isinstance(changes, Mapping):
        raise WorldError("the changes of a server are a mapping")
    how(part, changes, moment)


def _merge_files(part: Part, changes: Mapping[str, Any], moment: Moment) -> None:
    """Path to its text, to `{base64: ...}` or `{text: ..., mode: ...}`, or to null, which removes it."""
    for path, content in changes.items():
        if content is None:
            part.perform("remove", {"path": path, "recursive": True}, moment)
        elif isinstance(content, str):
            part.perform("write", {"path": path, "text": content}, moment)
        elif isinstance(content, Mapping):
            part.perform("write", {"path": path, **content}, moment)
        else:
            raise WorldError(f"{path}: a text, a mapping with text or base64, or null is expected")


def _merge_rows(part: Part, changes: Mapping[str, Any], moment: Moment) -> None:
    """Table to rows: a row whose key exists is changed in the columns that are named, any other is added."""
    for table, rows in changes.items():
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise WorldError(f"{table}: a list of rows is expected, each a mapping by column")
        part.perform("merge", {"table": table, "rows": [dict(row) for row in rows]}, moment)


_HOW: Final[Mapping[str, Callable[[Part, Mapping[str, Any], Moment], None]]] = {
    "filesystem": _merge_files,
    "sql": _merge_rows,
}
