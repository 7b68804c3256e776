"""Worlds put together from kept states, each told from another one; what consecutive ones share is loaded once."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from harness.recording.states import manifest_at
from worlds.blobs import Blobs
from worlds.companion import Companion
from worlds.delta import followed
from worlds.part import Part, part_kinds
from worlds.world import World

_PARTS_MAX: Final = 64
_MANIFESTS_MAX: Final = 8

Manifest = dict[str, Any]


class Unrolled:
    """States by their addresses. Nothing is run again."""

    def __init__(self, blobs: Blobs, companions: Mapping[str, Companion] | None = None) -> None:
        """`companions` are objects that load the states of companions; without them worlds come without companions."""
        self._blobs = blobs
        self._companions = companions
        self._manifests: OrderedDict[str, Manifest] = OrderedDict()
        self._parts: OrderedDict[tuple[str, int], tuple[Any, Part]] = OrderedDict()
        self._origins: dict[str, Manifest] = {}

    def know(self, address: str, manifest: Manifest, parts: Mapping[str, Part]) -> None:
        """Take over a state that was loaded elsewhere, with forks of its parts; it is never forgotten."""
        self._origins[address] = manifest
        for name, part in parts.items():
            told = manifest["parts"][name]
            self._parts[name, id(told)] = (told, part.fork())

    def world(self, address: str, delta: Mapping[str, Any] | None = None) -> World:
        """The world at an address, or the one that a delta leads to from there; the caller's to change.

        Raises ArchiveError, and KeyError, TypeError, ValueError or OSError for what is damaged.
        """
        manifest = self.manifest(address)
        manifest = manifest if delta is None else followed(manifest, delta)
        parts = {name: self._part(manifest, name) for name in manifest["parts"]}
        return _still(World.assembled(manifest, parts, self._companions))

    def manifest(self, address: str) -> Manifest:
        """The dump at an address: that of a first state, and what each step changed."""
        steps: list[tuple[str, Manifest]] = []
        while (manifest := self._known(address)) is None:
            found = manifest_at(address, self._blobs)
            if "from" not in found:
                manifest = self._remember(address, found)
                break
            steps.append((address, found))
            address = found["from"]
        for next_address, delta in reversed(steps):
            manifest = self._remember(next_address, followed(manifest, delta))
        return manifest

    def close(self) -> None:
        """Give back what was loaded."""
        for _, part in self._parts.values():
            part.close()
        self._parts.clear()

    def _known(self, address: str) -> Manifest | None:
        return self._origins.get(address) or self._manifests.get(address)

    def _remember(self, address: str, manifest: Manifest) -> Manifest:
        self._manifests[address] = manifest
        if len(self._manifests) > _MANIFESTS_MAX:
            self._manifests.popitem(last=False)
        return manifest

    def _part(self, manifest: Mapping[str, Any], name: str) -> Part:
        """A part of a dump, a fork of the one that was loaded where it is the same."""
        told = manifest["parts"][name]
        key = (name, id(told))
        if key not in self._parts:
            self._parts[key] = (told, part_kinds.get(manifest["kinds"][name]).load(told, self._blobs))
            if len(self._parts) > _PARTS_MAX:
                self._parts.popitem(last=False)
        return self._parts[key][1].fork()


def _still(world: World) -> World:
    """The world with a clock that does not follow the host's."""
    if world.clock.mode == "real":
        world.clock.restore(replace(world.clock.state(), mode="virtual"))
    return world
