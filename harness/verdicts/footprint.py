"""What an agent changed, net, from the start of an episode to its end; what others changed is none of it.

A thing that only the agent touched counts as it differs from the start. A thing that others touched too (events,
faults, users) counts as it differs from how they left it: what they wrote over is theirs, what the agent wrote over
is the agent's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from harness.check import Evidence
from harness.trajectory import Step
from harness.verdicts.path_pattern import ChangedPath
from worlds.changes import Change, Kind, is_users, kind_of
from worlds.errors import Problem

OTHERS: Final = frozenset({"user", "agenda", "fault", "server"})
"""Actors that are never the agent, in whoever's name a call was made."""
PATHS_MAX: Final = 1_000
Mark = tuple[int, frozenset[str], Any, Any]
"""A step, the actors, and what was there before and after."""


@dataclass(frozen=True, slots=True)
class Touched:
    """One thing that the agent left different: as `before` without the agent, as `after` because of it."""

    path: ChangedPath
    kind: Kind
    before: Any
    after: Any
    steps: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a changed row that differ, parts of nested ones by their names; none of anything else."""
        if self.kind != "changed" or self.path.is_file:
            return ()
        return tuple(_differing(self.before, self.after))

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder that the agent made."""
        return self.kind == "added" and self.path.is_file and self.after.get("kind") == "dir"


def touched_by_agent(evidence: Evidence) -> list[Touched]:
    """Everything that the agent left different, in path order; costs what changed."""
    agents = actors_of(evidence.steps)
    marks = _marks(evidence)
    found: dict[str, Touched | None] = {}
    for path, seen in marks.items():
        if not _apart(seen, agents):
            found[path] = _folded(path, seen, agents)
    for change in evidence.final.diff(evidence.first):
        if change.path in found or (change.actors and agents.isdisjoint(change.actors)):
            continue
        found[change.path] = Touched(ChangedPath(change.path), change.kind, change.before, change.after)
    return [_with_steps(found[path], marks, agents) for path in sorted(found) if found[path] is not None]


def actors_of(steps: Sequence[Step]) -> frozenset[str]:
    """The names in which the agent acted."""
    return (frozenset(step.actor for step in steps if not is_users(step.actor)) | {"agent"}) - OTHERS


def footprint(touched: Iterable[Touched]) -> list[str]:
    """The paths of all that was touched, columns told apart; a table or folder as a whole where there are too many."""
    paths = [path for each in touched for path in _paths(each)]
    if len(paths) <= PATHS_MAX:
        return paths
    return list(dict.fromkeys(container(ChangedPath(path)) for path in paths))[:PATHS_MAX]


def container(path: ChangedPath) -> str:
    """The table of a row or the folder of a file, as a pattern."""
    if path.is_file:
        return path.text.rpartition("/")[0] + "/**"
    return f"{path.thing}[*]" if path.key is not None else path.thing


def _paths(touched: Touched) -> list[str]:
    return [f"{touched.path.text}.{column}" for column in touched.columns] or [touched.path.text]


def late_changes(evidence: Evidence) -> Sequence[Change]:
    """What changed after the last step, where that can be told: late events, and what an agent wrote itself."""
    if evidence.at is None:
        return ()
    try:
        final = max(evidence.steps, key=lambda step: step.effect, default=None)  # calls side by side end in any order
        last = evidence.at(final.step_number if final else 0)
    except Problem:
        return ()
    return evidence.final.diff(last) if last.content_digest() != evidence.final.content_digest() else ()


def _marks(evidence: Evidence) -> dict[str, list[Mark]]:
    """Every touch of every path, in order; those after the last step are numbered 0."""
    found: dict[str, list[Mark]] = {}
    for step in evidence.steps:
        for told in step.changes:
            mark = (step.step_number, frozenset(told["actors"]), told["before"], told["after"])
            found.setdefault(told["path"], []).append(mark)
    for change in late_changes(evidence):
        found.setdefault(change.path, []).append((0, frozenset(change.actors), change.before, change.after))
    return found


def _apart(seen: Sequence[Mark], agents: frozenset[str]) -> bool:
    """Whether a path was touched by the agent alone, or by others alone."""
    return len({bool(agents & actors) for _, actors, _, _ in seen}) == 1


def _folded(path: str, seen: Sequence[Mark], agents: frozenset[str]) -> Touched | None:
    """A path that both the agent and others touched: how it is against how the others left it."""
    left = seen[0][2]
    for _, actors, before, after in seen:
        if agents.isdisjoint(actors):
            left = _patched(left, before, after)
    final = seen[-1][3]
    return None if left == final else Touched(ChangedPath(path), kind_of(left, final), left, final)


def _patched(left: Any, before: Any, after: Any) -> Any:
    """What others left, after one more touch of theirs. A row that the agent added stays the agent's."""
    if after is None or before is None:
        return after
    if left is None or not isinstance(left, Mapping):
        return left
    same = {key for key in after if key in before and before[key] == after[key]}
    gone = before.keys() - after.keys()
    kept = {key: value for key, value in left.items() if key not in gone}
    return {**kept, **{key: value for key, value in after.items() if key not in same}}


def _with_steps(touched: Touched | None, marks: Mapping[str, Sequence[Mark]], agents: frozenset[str]) -> Touched:
    assert touched is not None
    whole = container(touched.path) if touched.path.key is not None else ""
    seen = [*marks.get(touched.path.text, ()), *marks.get(whole, ())]
    return replace(touched, steps=tuple(sorted({step for step, actors, _, _ in seen if step and agents & actors})))


def _differing(before: Any, after: Any, prefix: str = "") -> Iterable[str]:
    """The names below which two mappings differ."""
    names = [*before, *(name for name in after if name not in before)]
    for name in names:
        old, new = before.get(name), after.get(name)
        if old == new and (name in before) is (name in after):
            continue
        if _is_nested(old) and _is_nested(new):
            yield from _differing(old, new, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _is_nested(value: Any) -> bool:
    """Whether a value has parts of its own; bytes are shown as a mapping and have none."""
    return isinstance(value, Mapping) and bool(value) and "base64" not in value
