"""Lock files: what `soundstage check` found of the scenarios of a file, kept beside it and compared the next time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import Field, ValidationError

from harness.errors import HarnessError
from harness.findings import Frozen
from harness.scenario import Scenario


class LockError(HarnessError):
    """A lock file that cannot be read or written."""

    code = "lock"


class Locked(Frozen):
    """What was found of one scenario."""

    hash: str = Field(description="Hash of all that the scenario, its world and the files by which it judges say.")
    start_digest: str = Field(description="Content digest of the world before the first step.")
    reference_digest: str = Field(description="Content digest of the world that the reference leaves.")
    may_change: tuple[dict[str, Any], ...] = Field(
        description="What the reference changed, generalised, in the grammar of `guard.may_change`."
    )
    volatile: tuple[str, ...] = Field(description="What two runs of the reference left differently.")
    panel: dict[str, str] = Field(description="Each member of the panel, and what its episode came to.")


class LockFile(Frozen):
    """The lock of a scenario file."""

    schema_version: Literal["1"] = Field(default="1", description="Version of this format.")
    soundstage: str = Field(description="Version of the program that wrote it.")
    scenarios: dict[str, Locked] = Field(description="Name of a scenario (or a variant) to what was found of it.")


def lock_path(file: str) -> Path:
    """Where the lock of a scenario file lies: `NAME.lock.json` beside it."""
    return Path(file).with_suffix(".lock.json")


def read_lock(file: str) -> LockFile | None:
    """The lock of a scenario file; None where there is none. Raises LockError."""
    path = lock_path(file)
    try:
        return LockFile.model_validate(orjson.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        words = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise LockError(f"{path} is no lock file: {words}", hint="soundstage check --update writes it anew") from None


def write_lock(file: str, lock: LockFile) -> Path:
    """Write the lock of a scenario file, whole or not at all. Raises LockError."""
    path = lock_path(file)
    partial = path.with_suffix(".partial")
    try:
        partial.write_bytes(orjson.dumps(lock.model_dump(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        partial.replace(path)
    except OSError as error:
        raise LockError(f"cannot write {path}: {error.strerror}") from None
    return path


def warnings_of(scenarios: Sequence[Scenario]) -> list[str]:
    """One sentence for each scenario that is not the one that was locked."""
    locks: dict[str, LockFile | None] = {}
    found = []
    for scenario in scenarios:
        if scenario.file not in locks:
            try:
                locks[scenario.file] = read_lock(scenario.file)
            except LockError as error:
                locks[scenario.file] = None
                found.append(str(error))
        lock = locks[scenario.file]
        locked = lock.scenarios.get(scenario.name) if lock else None
        if lock is not None and (locked is None or locked.hash != scenario.hash):
            found.append(
                f"{scenario.name} is not the scenario that {lock_path(scenario.file)} speaks of: "
                f"soundstage check {scenario.file} --update"
            )
    return found
