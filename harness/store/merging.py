"""Putting the shares of a run together: compared before anything is copied, and equal to the run in one piece."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from harness.errors import HarnessError
from harness.recording.run_folder import Manifest, Planned, RunFolder, new_folder

_EQUAL: Final = (
    "soundstage", "seed", "trials", "agent", "options", "isolation", "arms", "vary", "match", "thresholds", "paths",
)  # fmt: skip
"""What the shares of one run have in common."""
_VERSIONS: Final = ("python", "apsw", "duckdb", "mcp")
_PLAYED: Final = ("name", "template", "hash", "start_digest", "seeds")
_PACK: Final = ".pack"


class MergeError(HarnessError):
    """Folders that are not the shares of one run."""

    code = "merge"


def merged(shards: Sequence[RunFolder], out: Path | None, *, partial: bool = False) -> RunFolder:
    """One run of all the shares, in a folder of its own, whole or not at all.

    With `partial` shares may be missing: their episodes are planned and not run. Raises MergeError for a share that is
    missing, doubled or of another run, FolderError, and OSError.
    """
    known = [(shard, shard.manifest()) for shard in shards]
    first = _first(known)
    _refuse_foreign(known)
    _refuse_running(shards)
    missing = _missing(known)
    if missing and not partial:
        told = ", ".join(f"{number}/{_of(first)}" for number in missing)
        raise MergeError(f"shard {told} is missing", hint="--partial counts its episodes as not run")
    folder = new_folder(out, first.paths or ("merged",))
    partly = folder.path.with_name(f".{folder.path.name}.partial")
    shutil.rmtree(partly, ignore_errors=True)
    partly.mkdir()
    try:
        for shard, _ in known:
            _copy(shard.path, partly)
        RunFolder(partly).write(_manifest(folder, [manifest for _, manifest in known], whole=not missing))
        folder.path.rmdir()
        partly.rename(folder.path)
    except OSError:
        shutil.rmtree(partly, ignore_errors=True)
        raise
    return folder


def _first(known: Sequence[tuple[RunFolder, Manifest]]) -> Manifest:
    if not known:
        raise MergeError("no shard was named", hint="soundstage merge SHARD... --out RUN")
    for shard, manifest in known:
        if manifest.shard is None:
            raise MergeError(f"{shard.path} is a whole run and no shard", hint="shards come from run --shard I/N")
    return known[0][1]


def _of(manifest: Manifest) -> int:
    return manifest.shard.of if manifest.shard else 1


def _number(manifest: Manifest) -> int:
    return manifest.shard.number if manifest.shard else 1


def _refuse_foreign(known: Sequence[tuple[RunFolder, Manifest]]) -> None:
    """Refuse shares that are not of one run, or that stand for the same one. Raises MergeError."""
    (folder, first), seen = known[0], dict[int, Path]()
    for shard, manifest in known:
        differing = next(_differences(first, manifest), None)
        if differing:
            what, one, other = differing
            raise MergeError(
                f"{shard.path} and {folder.path} are not of one run: {what} is {other!r} and {one!r}",
                hint="shards are runs of the same command that differ in --shard alone",
            )
        if _number(manifest) in seen:
            raise MergeError(
                f"shard {_number(manifest)}/{_of(manifest)} is given twice: {seen[_number(manifest)]} and {shard.path}"
            )
        seen[_number(manifest)] = shard.path


def _refuse_running(shards: Sequence[RunFolder]) -> None:
    """Refuse shares that are still being played: what is under way would pass for lost. Raises FolderError."""
    for shard in shards:
        with suppress(OSError), shard.held():  # a folder that may only be read is played by nobody
            pass


def _differences(one: Manifest, other: Manifest) -> Iterator[tuple[str, Any, Any]]:
    """(what, in the one, in the other) of whatever the shares of one run have in common."""
    told: list[tuple[str, Any, Any]] = [("the number of shards", _of(one), _of(other))]
    told += [(name, getattr(one, name), getattr(other, name)) for name in _EQUAL]
    told += [(f"the version of {name}", one.versions.get(name), other.versions.get(name)) for name in _VERSIONS]
    names, others = ([played.name for played in each.scenarios] for each in (one, other))
    told.append(("the list of scenarios", names, others))
    for mine, theirs in zip(one.scenarios, other.scenarios, strict=False):
        told += [(f"{name} of {mine.name}", getattr(mine, name), getattr(theirs, name)) for name in _PLAYED]
    return ((what, mine, theirs) for what, mine, theirs in told if mine != theirs)


def _missing(known: Sequence[tuple[RunFolder, Manifest]]) -> list[int]:
    there = {_number(manifest) for _, manifest in known}
    return [number for number in range(1, _of(known[0][1]) + 1) if number not in there]


def _manifest(folder: RunFolder, shards: Sequence[Manifest], *, whole: bool) -> Manifest:
    """The manifest of the run in one piece; a share that did not end leaves it interrupted."""
    first, finished = shards[0], whole and all(manifest.status == "finished" for manifest in shards)
    ends = [manifest.ended_at for manifest in shards if manifest.ended_at]
    return first.model_copy(
        update={
            "name": folder.path.name,
            "status": "finished" if finished else "interrupted",
            "shard": None,
            "store": None,
            "started_at": min(manifest.started_at for manifest in shards),
            "ended_at": max(ends) if ends else None,
            "resumed_at": tuple(sorted(time for manifest in shards for time in manifest.resumed_at)),
            "planned": tuple(_planned(first, folder)),
        }
    )


def _planned(first: Manifest, folder: RunFolder) -> Iterator[Planned]:
    """Every episode of the run in one piece, in its order."""
    for trial in range(1, first.trials + 1):
        for arm in [arm.name for arm in first.arms] or [""]:
            for played in first.scenarios:
                file = folder.record(played.name, trial, arm).relative_to(folder.path).as_posix()
                yield Planned(scenario=played.name, trial=trial, arm=arm, file=file)


def _copy(shard: Path, into: Path) -> None:
    """Take over what a share recorded: trajectories, outputs and earlier attempts by name, states under new numbers."""
    for name in ("episodes", "agents", "attempts"):
        if (shard / name).is_dir():
            shutil.copytree(shard / name, into / name, dirs_exist_ok=True, symlinks=True)
    states = into / "states"
    for pack in sorted((shard / "states").glob(f"*{_PACK}")):
        states.mkdir(exist_ok=True)
        number = 1 + sum(1 for _ in states.glob(f"*{_PACK}"))
        shutil.copyfile(pack, states / f"{number:06}{_PACK}")
