"""What a world's dump says beyond that of an older one, and how a dump is put together again from such steps.

A delta of a part is data that needs no part to be read: `whole` replaces the part's manifest; otherwise `set` replaces
values, `more` lengthens lists, and `put` and `drop` change lists of pairs by their first members.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol, runtime_checkable

from worlds.blobs import Blobs
from worlds.errors import ArchiveError
from worlds.part import Part
from worlds.world import World

Delta = dict[str, Any]


@runtime_checkable
class Stepping(Protocol):
    """A part whose dump can be told as a difference, for less than the dump itself costs."""

    def dump_since(self, older: Any, blobs: Blobs) -> Delta | None:
        """The delta from the dump of `older`, an earlier state of this part; None where there is none to tell."""
        ...


def delta_of(world: World, older: World, blobs: Blobs) -> Delta:
    """What leads from the dump of `older` to that of `world`, in O(what changed)."""
    delta: Delta = {"clock": asdict(world.clock.state()), "content_digest": world.content_digest().hex()}
    parts = {name: _part_delta(part, older.parts[name], blobs) for name, part in world.parts.items()}
    delta["parts"] = {name: found for name, found in parts.items() if found}
    if world.agenda is not older.agenda:
        delta["agenda"] = world.agenda.dump()
    if world.attempts is not older.attempts:
        delta["attempts"] = _counted(world.attempts, older.attempts)
    if world.companions is not older.companions:
        delta["companions"] = {
            name: dict(each.dump()) for name, each in world.companions.items() if each is not older.companions.get(name)
        }
    return delta


def followed(manifest: Mapping[str, Any], delta: Mapping[str, Any]) -> dict[str, Any]:
    """The dump that a delta leads to; parts that it does not mention are the same objects. Raises ArchiveError."""
    try:
        after = {**manifest, "clock": delta["clock"], "content_digest": delta["content_digest"]}
        after["parts"] = {**manifest["parts"], **_parts(manifest["parts"], delta["parts"])}
        attempts = {**manifest["attempts"], **delta.get("attempts", {})}
        after["attempts"] = {key: count for key, count in attempts.items() if count}
        after["companions"] = {**manifest["companions"], **delta.get("companions", {})}
        after["agenda"] = delta.get("agenda", manifest["agenda"])
        after.pop("state_digest", None)
        return after
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArchiveError(f"this does not lead from one state to another: {error!r}") from None


def _counted(now: Mapping[str, int], older: Mapping[str, int]) -> dict[str, int]:
    """The counts that differ; 0 for what only the older one has counted."""
    changed = {key: count for key, count in now.items() if older.get(key) != count}
    return changed | {key: 0 for key in older if key not in now}


def _part_delta(part: Part, older: Part, blobs: Blobs) -> Delta:
    """What leads from one state of a part to another; empty where nothing happened."""
    if part is older or part.same(older):
        return {}
    found = part.dump_since(older, blobs) if isinstance(part, Stepping) else None
    return {"whole": part.dump(blobs)} if found is None else found


def _parts(manifests: Mapping[str, Any], deltas: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _part_after(manifests[name], delta) for name, delta in deltas.items()}


def _part_after(manifest: Mapping[str, Any], delta: Mapping[str, Any]) -> dict[str, Any]:
    if "whole" in delta:
        return dict(delta["whole"])
    after = {**manifest, **delta.get("set", {})}
    for key, items in delta.get("more", {}).items():
        after[key] = [*after.get(key, ()), *items]
    changed, dropped = delta.get("put", {}), delta.get("drop", {})
    for key in {**changed, **dropped}:
        gone = set(dropped.get(key, ()))
        pairs = {first: second for first, second in after[key] if first not in gone}
        after[key] = sorted([first, second] for first, second in {**pairs, **dict(changed.get(key, ()))}.items())
    return after
