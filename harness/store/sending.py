"""Bringing the copy of a run in an object store up to what lies on this disk."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from harness.recording.run_folder import MANIFEST, Manifest, RunFolder
from harness.store.object_store import Entry, ObjectStore, StoreError

SENT: Final = ".sent.json"
FOLDERS: Final = ("states", "attempts", "agents", "episodes", "index")
"""What belongs to a run, in the order in which it is sent; the manifest comes last."""


_FREE: Final = "give --store a URL below which there is nothing"


class TakenError(StoreError):
    """A place in a store that holds another run."""

    code = "taken"


class Sent:
    """What was sent of a run, so that only what changed is sent again; kept beside the run."""

    def __init__(self, folder: Path, url: str) -> None:
        self._file, self._url = folder / SENT, url
        self._marks = self._read()

    def has(self, name: str, file: Path) -> bool:
        """Whether a file was sent as it is now."""
        return self._marks.get(name) == _mark(file)

    def note(self, name: str, mark: list[int]) -> None:
        """Note that a file was sent; `mark` is what it was like before that."""
        self._marks[name] = mark

    def keep(self) -> None:
        """Write it down. Raises OSError."""
        partial = self._file.with_name(f"{SENT}.partial")
        partial.write_text(json.dumps({"url": self._url, "files": self._marks}))
        partial.replace(self._file)

    def _read(self) -> dict[str, Any]:
        try:
            told = json.loads(self._file.read_text())
            return dict(told["files"]) if told["url"] == self._url else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}


def refuse_used(url: str) -> None:
    """Refuse a store that cannot be had, or a place in it that holds a run already. Raises StoreError."""
    store = ObjectStore(url)
    store.listing()
    if store.read(MANIFEST) is not None:
        raise TakenError(f"{store.url} holds another run", hint=_FREE)


def refuse_taken(store: ObjectStore, manifest: Manifest) -> None:
    """Refuse a place in a store that holds another run. Raises TakenError and StoreError."""
    content = store.read(MANIFEST)
    if content is None:
        return
    try:
        told = json.loads(content)
    except ValueError:
        told = {}
    if told.get("started_at") != manifest.started_at:
        raise TakenError(f"{store.url} holds another run", hint=_FREE)


def send_file(store: ObjectStore, sent: Sent, root: Path, file: Path) -> None:
    """Send one file of a run, unless it was. Raises StoreError and OSError."""
    name = file.relative_to(root).as_posix()
    if not sent.has(name, file):
        mark = _mark(file)
        store.put(file, name)
        sent.note(name, mark)


def send_all(store: ObjectStore, sent: Sent, folder: RunFolder) -> None:
    """Send all that the store does not hold, and remove what is no longer there. Raises StoreError and OSError."""
    there = store.listing()
    own = {file.relative_to(folder.path).as_posix(): file for file in files_of(folder.path)}
    for name, file in own.items():
        if not _is_there(there.get(name), file):
            sent.note(name, [])
        send_file(store, sent, folder.path, file)
    for name in there.keys() - own.keys():
        if name.partition("/")[0] in FOLDERS:
            store.remove(name)
    sent.keep()


def files_of(root: Path) -> Iterator[Path]:
    """The files of a run in the order in which they are sent; links are not followed."""
    for name in FOLDERS:
        for file in sorted((root / name).rglob("*")):
            if file.is_file() and not file.is_symlink():
                yield file
    yield root / MANIFEST


def _is_there(entry: Entry | None, file: Path) -> bool:
    return entry is not None and entry.size == file.stat().st_size


def _mark(file: Path) -> list[int]:
    told = file.stat()
    return [told.st_size, told.st_mtime_ns]
