"""Changes of a tree's first state, by path."""

from collections.abc import Mapping
from typing import Any

from worlds.errors import WorldError, WrongChange
from worlds.part import Moment, Part


def merge_files(tree: Part, changes: Mapping[str, Any], moment: Moment) -> None:
    """Path to its text, to `{base64: ...}` or `{text: ..., mode: ...}`, or to null, which removes it."""
    for path, content in changes.items():
        if content is None:
            operation, arguments = "remove", {"path": path, "recursive": True}
        elif isinstance(content, str | Mapping):
            text = {"text": content} if isinstance(content, str) else content
            operation, arguments = "write", {"path": path, **text}
        else:
            raise WrongChange(f"{path}: a text, a mapping with text or base64, or null is expected", (path,))
        try:
            tree.perform(operation, arguments, moment)
        except WorldError as error:
            raise WrongChange(f"{path}: {error.message}", (path,), hint=error.hint) from None
