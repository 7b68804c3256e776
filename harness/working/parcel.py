"""What an episode left, as one archive: for workers that share no disk with whoever directs the run.

A parcel is a zip: `answer.json`, the record and what lies beside it, the agent's outputs, and the states that the
record names. It is put in place whole or not at all, the record last.
"""

import io
import os
import shutil
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from harness.engine import PlaceLost
from harness.recording.run_folder import RunFolder
from harness.recording.states import States
from harness.recording.step_log import decoded, encoded
from harness.working.job import Job

_ANSWER: Final = "answer.json"
_RECORD: Final = "record"
_OUTPUTS: Final = "outputs"
_STATES: Final = "states"
_ARRIVING: Final = "arriving"
_LEVEL: Final = 1


def packed(folder: RunFolder, job: Job, states: States, answer: Mapping[str, Any]) -> bytes:
    """The parcel of a job that was played in a folder and with states of its own."""
    left_out: Collection[str] = states.first if job.first_held else ()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        archive.writestr(_ANSWER, encoded(answer))
        for name, path in _left(folder, job):
            archive.write(path, name)
        for address in states.blobs.addresses():
            if address not in left_out:
                archive.writestr(f"{_STATES}/{address}", states.blobs.get(address))
    return content.getvalue()


def _left(folder: RunFolder, job: Job) -> Iterator[tuple[str, Path]]:
    """(name in the parcel, file) of all that an episode left beside states."""
    record = folder.record(job.scenario, job.trial, job.arm)
    for path in sorted(record.parent.glob("*")):
        yield f"{_RECORD}{path.name.removeprefix(record.stem)}", path
    outputs = folder.outputs(job.scenario, job.trial, job.arm)
    for path in sorted(outputs.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield f"{_OUTPUTS}/{path.relative_to(outputs).as_posix()}", path


def put_in_place(parcel: bytes, folder: RunFolder, job: Job, states: States) -> dict[str, Any]:
    """Put what a parcel holds into a run's folder, whole or not at all; returns the answer in it.

    A parcel of an attempt that was given up changes nothing: the place of its record is taken by then. Raises
    PlaceLost for it and for one that is damaged, and OSError.
    """
    record = folder.record(job.scenario, job.trial, job.arm)
    if record.exists():
        raise PlaceLost("another attempt has taken its place")
    arriving = folder.path / _ARRIVING / f"{record.stem}.{job.attempt}"
    shutil.rmtree(arriving, ignore_errors=True)
    try:
        answer = _unpacked(parcel, arriving, states)
    except (zipfile.BadZipFile, ValueError, KeyError) as error:
        raise PlaceLost(f"what a worker sent is damaged: {error}") from None
    else:
        _move(arriving, record, folder.outputs(job.scenario, job.trial, job.arm))
        return answer
    finally:
        shutil.rmtree(arriving, ignore_errors=True)


def _unpacked(parcel: bytes, place: Path, states: States) -> dict[str, Any]:
    """The answer; states are durable then, and files lie in a place of their own. Raises ValueError and the like."""
    with zipfile.ZipFile(io.BytesIO(parcel)) as archive:
        for name in archive.namelist():
            kind, *rest = PurePosixPath(name).parts
            if kind == _STATES:
                _keep(states, rest, archive.read(name))
            elif name != _ANSWER:
                _write(place, PurePosixPath(name), archive.read(name))
        states.blobs.flush()
        states.blobs.sync()
        answer: dict[str, Any] = decoded(archive.read(_ANSWER))
        return answer


def _keep(states: States, address: list[str], data: bytes) -> None:
    if [states.blobs.put(data)] != address:
        raise ValueError("a state is not what its address says")


def _write(place: Path, name: PurePosixPath, data: bytes) -> None:
    if name.is_absolute() or ".." in name.parts:
        raise ValueError(f"{name} leads out of it")
    path = place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _move(arriving: Path, record: Path, outputs: Path) -> None:
    """Put files in their places, the record last."""
    record.parent.mkdir(parents=True, exist_ok=True)
    if (arriving / _OUTPUTS).exists():
        outputs.parent.mkdir(parents=True, exist_ok=True)
        (arriving / _OUTPUTS).replace(outputs)
    last = f"{_RECORD}{record.suffix}"
    for path in sorted(arriving.glob(f"{_RECORD}.*"), key=lambda path: path.name == last):
        path.replace(record.with_name(f"{record.stem}{path.name.removeprefix(_RECORD)}"))
