"""The index of a run: its records as tables in Parquet, made again as far as records are newer."""

import errno
import hashlib
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import duckdb
import orjson
from pydantic import Field, ValidationError

from harness.errors import HarnessError
from harness.findings import Frozen
from harness.recording.hold import hold
from harness.recording.run_folder import Manifest, Planned, RunFolder
from harness.store.caches import cache_folder
from harness.store.rows import episode_rows, run_row
from harness.store.writing import Lines, write_tables
from worlds.digest import content_hash, value_hash

INDEX: Final = "index"
CONTENTS: Final = "contents.json"
VERSION: Final = 1
_PARTIAL: Final = ".index.partial"
_TAIL_BYTES: Final = 4_096
_LOOK_S: Final = 0.05
_UNWRITABLE: Final = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT)


class UnindexedError(HarnessError):
    """An index that cannot be made."""

    code = "index"


class Contents(Frozen):
    """What an index was made of."""

    version: int = Field(description="Version of the tables.")
    manifest: str = Field(description="Hash of the run's manifest.")
    plan: str = Field(description="Hash of what was planned.")
    records: dict[str, str] = Field(description="By trajectory: its size, and a hash of its end.")


def indexed(folder: RunFolder) -> Path:
    """The index of a run, made or renewed where records are newer than it.

    Reads whole only what changed. Where the run's folder takes no files the index lies among the user's own caches.
    Raises UnindexedError and FolderError.
    """
    manifest = folder.manifest()
    place = folder.path / INDEX
    wanted = contents_of(folder, manifest)
    if read_contents(place) == wanted:
        return place
    try:
        return _renewed(folder, place, manifest)
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise UnindexedError(f"the index of {folder.path} cannot be written: {error.strerror or error}") from None
        return _renewed(folder, _elsewhere(folder), manifest)


def contents_of(folder: RunFolder, manifest: Manifest) -> Contents:
    """What an index of a run would be made of now."""
    plan = value_hash([manifest.name, *((each.scenario, each.trial, each.arm, each.file) for each in manifest.planned)])
    found = ((planned.file, _mark(folder.path / planned.file)) for planned in manifest.planned)
    records = {file: mark for file, mark in found if mark}
    return Contents(version=VERSION, manifest=hash_of(manifest), plan=plan.hex(), records=records)


def hash_of(manifest: Manifest) -> str:
    """A hash of all that a manifest says."""
    return content_hash(orjson.dumps(manifest.model_dump(mode="json"))).hex()


def read_contents(place: Path) -> Contents | None:
    """What an index was made of; None where there is none that is whole."""
    try:
        return Contents.model_validate_json((place / CONTENTS).read_bytes())
    except (OSError, ValidationError):
        return None


def _renewed(folder: RunFolder, place: Path, manifest: Manifest) -> Path:
    """Make an index and put it in its place, whole or not at all. Raises OSError."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with _alone(place.parent):
        wanted, older = contents_of(folder, manifest), read_contents(place)
        if older == wanted:  # another process was faster
            return place
        partial = place.parent / _PARTIAL
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        fits = older is not None and (older.version, older.plan) == (wanted.version, wanted.plan)
        known = older.records if older is not None and fits else {}
        _write(folder, manifest, partial, place if known else None, _changed(manifest, known, wanted.records))
        (partial / CONTENTS).write_bytes(wanted.model_dump_json().encode())
        _swap(partial, place)
    return place


def _changed(manifest: Manifest, known: dict[str, str], wanted: dict[str, str]) -> dict[int, Planned]:
    """The planned episodes whose rows have to be made, by place."""
    return {
        place: planned
        for place, planned in enumerate(manifest.planned, 1)
        if not known or known.get(planned.file) != wanted.get(planned.file)
    }


def _write(folder: RunFolder, manifest: Manifest, into: Path, older: Path | None, changed: dict[int, Planned]) -> None:
    templates = {played.name: played.template or played.name for played in manifest.scenarios}
    lines = Lines(into)
    try:
        for place, planned in changed.items():
            keys = _keys(manifest, planned, place, templates)
            for told in episode_rows(folder.path / planned.file, planned, keys):
                lines.add(told.table, told.row)
        lines.add("runs", run_row(manifest))
    finally:
        lines.close()
    try:
        write_tables(lines, into, older, changed)
    except duckdb.Error as error:
        raise UnindexedError(f"the index of {folder.path} cannot be written: {error}") from None


def _keys(manifest: Manifest, planned: Planned, place: int, templates: dict[str, str]) -> dict[str, Any]:
    return {
        "run": manifest.name,
        "place": place,
        "scenario": planned.scenario,
        "template": templates.get(planned.scenario, planned.scenario),
        "arm": planned.arm,
        "trial": planned.trial,
    }


def _swap(partial: Path, place: Path) -> None:
    """Put a folder in the place of another; whoever is killed in between leaves none, and it is made again."""
    away = place.with_name(f"{_PARTIAL}.old")
    shutil.rmtree(away, ignore_errors=True)
    with suppress(FileNotFoundError):
        place.rename(away)
    partial.rename(place)
    shutil.rmtree(away, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from making the same index meanwhile."""
    with (folder / ".index.lock").open("ab") as file:
        while not hold(file):
            threading.Event().wait(_LOOK_S)
        yield


def _mark(record: Path) -> str:
    """The size of a record and a hash of its end: records only grow, and each ends with how long it took."""
    try:
        with record.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            return f"{size}:{hashlib.blake2b(file.read(), digest_size=8).hexdigest()}"
    except OSError:
        return ""


def _elsewhere(folder: RunFolder) -> Path:
    """A place for the index of a run that may only be read."""
    return cache_folder() / "indexes" / content_hash(str(folder.path.resolve()).encode()).hex()[:32] / INDEX
