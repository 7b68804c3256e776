"""What a scenario could allow: what its reference changes, generalised, and what differs between two runs of it."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from harness.trajectory import Trajectory
from harness.verdicts.path_pattern import ChangedPath

SINGLE_MAX: Final = 3
"""So many things of one kind are listed one by one; more are told by a pattern."""
Allowed = Mapping[str, Any]
"""An entry of `guard.may_change`: `path`, and where they say something `kind` and `at_most`."""


@dataclass(frozen=True, slots=True)
class Net:
    """One thing that differs from the start at the end."""

    path: ChangedPath
    kind: str
    before: Any
    after: Any

    @property
    def columns(self) -> list[str]:
        """The columns of a changed row that differ."""
        if self.kind != "changed" or self.path.is_file or not isinstance(self.after, Mapping):
            return []
        return _differing(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What could be written into `guard`, and what no check should compare with a fixed value."""

    may_change: tuple[Allowed, ...]
    volatile: tuple[str, ...]


def propose(first: Trajectory, second: Trajectory | None) -> Proposal:
    """What two runs of one reference suggest."""
    changes = net_changes(first)
    return Proposal(tuple(propose_changes(changes)), tuple(_volatile(changes, net_changes(second)) if second else ()))


def net_changes(trajectory: Trajectory) -> list[Net]:
    """What the agent changed, from the first touch of a thing to the last, in path order."""
    seen: dict[str, tuple[Any, Any]] = {}
    for step in trajectory.steps:
        for change in step.changes:
            if "agent" in change["actors"]:
                before = seen[change["path"]][0] if change["path"] in seen else change["before"]
                seen[change["path"]] = (before, change["after"])
    return [
        Net(ChangedPath(path), _kind(before, after), before, after)
        for path, (before, after) in sorted(seen.items())
        if before != after
    ]


def as_yaml(allowed: Sequence[Allowed]) -> list[str]:
    """Lines for `may_change` as a person would write them."""
    lines = []
    for entry in allowed:
        path = f'"{entry["path"]}"'
        rest = [f"{key}: {entry[key]}" for key in ("kind", "at_most") if key in entry]
        lines.append(f"- {{{', '.join([f'path: {path}', *rest])}}}" if rest else f"- {path}")
    return lines


def propose_changes(changes: Sequence[Net]) -> list[Allowed]:
    """Entries of `guard.may_change` that allow these changes and few others."""
    files = [net for net in changes if net.path.is_file]
    rows = [net for net in changes if not net.path.is_file]
    of_files = [entry for kind, group in _grouped(files, lambda net: net.kind) for entry in _files(kind, group)]
    by_table = _grouped(rows, lambda net: (net.path.thing, net.kind))
    return of_files + [entry for (thing, kind), group in by_table for entry in _rows(thing, kind, group)]


def _grouped(changes: Iterable[Net], key: Any) -> Iterable[tuple[Any, list[Net]]]:
    return [(name, list(group)) for name, group in groupby(sorted(changes, key=key), key=key)]


def _files(kind: str, group: Sequence[Net]) -> Iterable[Allowed]:
    if len(group) <= SINGLE_MAX:
        return [{"path": net.path.text, "kind": kind} for net in group]
    found = []
    for server, some in _grouped(group, lambda net: net.path.text.partition(":")[0]):
        folder = posixpath.commonpath([posixpath.dirname(net.path.text.partition(":")[2]) for net in some])
        found.append({"path": f"{server}:{folder.rstrip('/')}/**", "kind": kind, "at_most": len(some)})
    return found


def _rows(thing: str, kind: str, group: Sequence[Net]) -> Iterable[Allowed]:
    """Rows are added anywhere in their table; those that stood there are named as long as they are few."""
    if kind == "added" or any(net.path.key is None for net in group):
        return [{"path": thing, "kind": kind, "at_most": len(group)}]
    few = len(group) <= SINGLE_MAX
    if kind == "removed":
        if few:
            return [{"path": net.path.text, "kind": kind} for net in group]
        return [{"path": thing, "kind": kind, "at_most": len(group)}]
    if few:
        return [{"path": f"{net.path.text}.{column}"} for net in group for column in net.columns]
    columns = sorted({column for net in group for column in net.columns})
    return [{"path": f"{thing}[*].{column}", "kind": kind, "at_most": len(group)} for column in columns]


def _volatile(changes: Sequence[Net], others: Sequence[Net]) -> list[str]:
    """What came out differently: columns, contents of files, and keys."""
    other = {net.path.text: net for net in others}
    found: dict[str, None] = {}
    for net in changes:
        twin = other.pop(net.path.text, None)
        if twin is None:
            found[f"{_container(net.path)} (its name or key)"] = None
        elif net.after != twin.after:
            found |= dict.fromkeys(_differences(net, twin))
    found |= dict.fromkeys(f"{_container(ChangedPath(path))} (its name or key)" for path in other)
    return list(found)


def _differences(net: Net, twin: Net) -> list[str]:
    if net.path.is_file or not isinstance(net.after, Mapping) or not isinstance(twin.after, Mapping):
        return [net.path.text]
    return [f"{_container(net.path)}.{column}" for column in _differing(net.after, twin.after)]


def _container(path: ChangedPath) -> str:
    if path.is_file:
        return posixpath.dirname(path.text) + "/*"
    return f"{path.thing}[*]" if path.key is not None else path.thing


def _differing(before: Any, after: Mapping[str, Any]) -> list[str]:
    older = before if isinstance(before, Mapping) else {}
    return [name for name in after if name not in older or older[name] != after[name]]


def _kind(before: Any, after: Any) -> str:
    return "added" if before is None else "removed" if after is None else "changed"
