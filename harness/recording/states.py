"""Where a run keeps what its worlds looked like: each first state once, and of every step what it changed."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from harness.recording.step_log import decoded, encoded
from worlds.blobs import Blobs
from worlds.delta import delta_of
from worlds.digest import canonical
from worlds.errors import ArchiveError
from worlds.pack import PackBlobs
from worlds.world import World

T = TypeVar("T")
_BASES_MAX: Final = 64
_FOLDER: Final = "states"
_LEVELS: Final = 3


def folder_beside(record: Path) -> Path:
    """Where the states of a trajectory go: beside the folder of the run's episodes, or of any other beside itself."""
    return record.parent.with_name(_FOLDER) if record.parent.name == "episodes" else record.parent / _FOLDER


def found_beside(record: Path) -> PackBlobs:
    """The states of a trajectory that was recorded. Raises ArchiveError where there are none."""
    for folder in record.absolute().parents[:_LEVELS]:
        if (folder / _FOLDER).is_dir():
            return PackBlobs(folder / _FOLDER)
    hint = f"a run keeps them in its folder {_FOLDER!r}, beside `episodes`"
    raise ArchiveError(f"the states of {record} are not there", hint=hint)


class States:
    """The states of one run, by content; shared by all its episodes."""

    def __init__(self, folder: Path) -> None:
        self.blobs = PackBlobs(folder)
        self.first: set[str] = set()
        """Addresses of all that first states kept here are made of."""
        self._bases: OrderedDict[int, tuple[World, str]] = OrderedDict()
        self._listings: OrderedDict[int, tuple[object, str]] = OrderedDict()

    def base(self, world: World) -> str:
        """Keep a world that nobody changes as a whole, once, and return its address. Raises OSError."""
        known = self._bases.get(id(world))
        if known is None:
            known = self._bases[id(world)] = (world, self.blobs.put(canonical(world.dump(self.blobs))))
            if len(self._bases) > _BASES_MAX:
                self._bases.popitem(last=False)
            self.first.update(self.blobs.waiting())
            self.blobs.flush()
        return known[1]

    def listing(self, whose: T, told: Callable[[T], Any]) -> str:
        """Keep what is told of a thing that nobody changes, once, and return its address. Raises OSError."""
        known = self._listings.get(id(whose))
        if known is None:
            known = self._listings[id(whose)] = (whose, self.blobs.put(encoded(told(whose))))
            if len(self._listings) > _BASES_MAX:
                self._listings.popitem(last=False)
            self.first.update(self.blobs.waiting())
            self.blobs.flush()
        return known[1]

    def step(self, world: World, older: World, parent: str) -> str:
        """Keep what leads from one state, kept at `parent`, to another; returns its address. Raises OSError."""
        address = self.blobs.put(canonical({"from": parent, **delta_of(world, older, self.blobs)}))
        self.blobs.flush()
        return address

    def close(self) -> None:
        """Force everything to the disk."""
        self.blobs.close()


class Steps:
    """What one episode's world looked like after each step, told step by step."""

    def __init__(self, states: States, first: World, address: str) -> None:
        self._states = states
        self._last = first
        self._address = address

    def after(self, world: World) -> str | None:
        """Keep the state after one more step; its address, or None where it is that of the step before."""
        if world.parts is self._last.parts and world.companions is self._last.companions:
            return None
        self._address = self._states.step(world, self._last, self._address)
        self._last = world
        return self._address

    def last(self, world: World) -> str | None:
        """Keep the state in which the episode ended, unless that is the one after its last step."""
        return None if world.content_digest() == self._last.content_digest() else self.after(world)

    def sync(self) -> None:
        """Force what was kept to the disk."""
        self._states.blobs.sync()


def manifest_at(address: str, blobs: Blobs) -> dict[str, Any]:
    """What is kept at an address: a whole state, or one told `from` another. Raises ArchiveError."""
    try:
        found = decoded(blobs.get(address))
    except ValueError:
        found = None
    if not isinstance(found, dict) or "parts" not in found:
        raise ArchiveError(f"what is stored under {address} is no state of a world")
    return found


class Shelves:
    """The states of all that is recorded, by the folders in which they are kept."""

    def __init__(self) -> None:
        self._by_folder: dict[Path, States] = {}

    def states_for(self, record: Path) -> States:
        """Where the states of a trajectory are kept."""
        folder = folder_beside(record)
        if folder not in self._by_folder:
            self._by_folder[folder] = States(folder)
        return self._by_folder[folder]

    def release(self, record: Path) -> None:
        """Close where the states of a trajectory are kept: nothing more is recorded there. Raises OSError."""
        states = self._by_folder.pop(folder_beside(record), None)
        if states is not None:
            states.close()

    def close(self) -> None:
        """Force everything to the disk. Raises OSError."""
        for states in self._by_folder.values():
            states.close()
