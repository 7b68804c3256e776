"""Copies of runs that lie in object stores: fetched as far as they are needed, and kept for the next time."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from harness.recording.hold import hold
from harness.recording.run_folder import MANIFEST, FolderError, RunFolder
from harness.store.caches import cache_folder
from harness.store.index import INDEX, hash_of, read_contents
from harness.store.object_store import Entry, ObjectStore
from harness.store.sending import FOLDERS
from worlds.digest import content_hash

_FETCHED: Final = ".fetched.json"
_LOOK_S: Final = 0.05


def checked_out(url: str) -> RunFolder:
    """A copy of a whole run. What was changed here and not sent is kept. Raises StoreError and FolderError."""
    return _fetched(url, (*FOLDERS, MANIFEST))


def index_at(url: str) -> tuple[str, Path] | None:
    """The name of a run, and its index as the store holds it; None where that is missing or older than the records."""
    folder = _fetched(url, (INDEX, MANIFEST))
    contents = read_contents(folder.path / INDEX)
    if contents is None or contents.manifest != hash_of(folder.manifest()):
        return None
    there = ObjectStore(url).listing()
    sizes = {name: int(mark.partition(":")[0]) for name, mark in contents.records.items()}
    planned = (planned.file for planned in folder.manifest().planned)
    found = {file: there[file].size for file in planned if file in there}
    return (folder.path.name, folder.path / INDEX) if found == sizes else None


def _fetched(url: str, wanted: tuple[str, ...]) -> RunFolder:
    store = ObjectStore(url)
    there = {name: entry for name, entry in store.listing().items() if name.partition("/")[0] in wanted}
    if MANIFEST not in there:
        raise FolderError(f"there is no run at {url}", hint="the URL is that of --store, with a manifest.json below it")
    folder = _place(store.url)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        fetched = _Fetched(folder)
        for name, entry in sorted(there.items(), key=lambda each: each[0] == MANIFEST):
            if _is_safe(name) and not fetched.has(name, entry):
                store.get(name, folder / name)
                fetched.note(name, entry)
        fetched.forget({name for name in fetched.names if name.partition("/")[0] in wanted} - there.keys())
        fetched.keep()
    return RunFolder(folder)


class _Fetched:
    """What was fetched of a run, and as what; what was changed here since is left alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.names: dict[str, Any] = _read(folder / _FETCHED)

    def has(self, name: str, entry: Entry) -> bool:
        """Whether a file need not be fetched: it was, or it is newer here."""
        file, known = self._folder / name, self.names.get(name)
        if not file.is_file():
            return False
        return known is None or known[:2] == list(entry) or known[2:] != _mark(file)

    def note(self, name: str, entry: Entry) -> None:
        """Note that a file was fetched."""
        self.names[name] = [*entry, *_mark(self._folder / name)]

    def forget(self, gone: set[str]) -> None:
        """Remove what the store no longer holds and nobody changed here."""
        for name in gone:
            file = self._folder / name
            if file.is_file() and self.names[name][2:] == _mark(file):
                file.unlink()
            del self.names[name]

    def keep(self) -> None:
        """Write it down. Raises OSError."""
        partial = self._folder / f"{_FETCHED}.partial"
        partial.write_text(json.dumps(self.names))
        partial.replace(self._folder / _FETCHED)


def _place(url: str) -> Path:
    """Where the copy of a run lies; it has the name of the run."""
    name = Path(urlsplit(url).path).name or urlsplit(url).netloc or "run"
    return cache_folder() / "runs" / content_hash(url.encode()).hex()[:16] / name


def _is_safe(name: str) -> bool:
    """Whether a name of a store stays below the copy."""
    return ".." not in Path(name).parts and not Path(name).is_absolute() and "\\" not in name


def _read(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _mark(file: Path) -> list[int]:
    told = file.stat()
    return [told.st_size, told.st_mtime_ns]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from fetching the same meanwhile."""
    with (folder / ".fetch.lock").open("ab") as file:
        while not hold(file):
            threading.Event().wait(_LOOK_S)
        yield
