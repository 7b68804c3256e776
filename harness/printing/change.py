"""What changed, in one line: where, how, and for rows and files what from and what to."""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from rich.markup import escape

from harness.verdicts.path_pattern import ChangedPath

VALUE_MAX: Final = 40
COLUMNS_MAX: Final = 6
_SIGNS: Final = {"added": "[good]+[/]", "changed": "[odd]~[/]", "removed": "[bad]-[/]"}
_UNTOLD: Final = ("sha", "text", "mtime_ns")
"""What of a file says nothing to people in one line."""
_EMPTY: Final[Collection[Any]] = (None, [], {})


def change_line(change: Mapping[str, Any]) -> str:
    """A change (as trajectories keep it) as one line of markup."""
    actors = [actor for actor in change["actors"] if actor != "agent"]
    by = f"  [quiet]by {escape(', '.join(change['actors']))}[/]" if actors else ""
    untold = _UNTOLD if ChangedPath(change["path"]).is_file else ()
    told = _told(change["before"], change["after"], untold)
    return f"{_SIGNS[change['kind']]} {escape(change['path'])}{f'  [quiet]{escape(told)}[/]' if told else ''}{by}"


def _told(before: Any, after: Any, untold: Collection[str]) -> str:
    """The columns or properties that differ; of what was added or removed, what it holds or held."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = [name for name in {**before, **after} if before.get(name) != after.get(name) and name not in untold]
        pairs = [f"{name}: {_short(before.get(name))} → {_short(after.get(name))}" for name in names]
        return _joined(pairs, len(names))
    held = after if before is None else before
    if not isinstance(held, Mapping):
        return ""
    names = [name for name in held if held[name] not in _EMPTY and name not in untold]
    return _joined([f"{name}: {_short(held[name])}" for name in names], len(names))


def _joined(pairs: list[str], count: int) -> str:
    more = f", … {count - COLUMNS_MAX} more" if count > COLUMNS_MAX else ""
    return ", ".join(pairs[:COLUMNS_MAX]) + more


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line = " ".join(text.split())
    return line if len(line) <= VALUE_MAX else f"{line[: VALUE_MAX - 1]}…"
