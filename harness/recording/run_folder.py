"""Where a run keeps what it finds: a manifest, one trajectory per episode, and what the agents wrote."""

import glob
import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from pydantic import Field, ValidationError

from harness.errors import HarnessError
from harness.findings import Frozen
from harness.recording.hold import hold
from harness.staging.variants import stem
from worlds.digest import content_hash

RUNS: Final = Path("runs")
MANIFEST: Final = "manifest.json"
_UNFINISHED: Final = f"{MANIFEST}.partial"
_HOLDING: Final = ("episodes", "agents", "attempts")
_PROBE_BYTES: Final = 65_536
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_PLAIN_ARM: Final = re.compile(r"[a-z0-9_+-]{1,60}")


class FolderError(HarnessError):
    """A run folder that cannot be made or read."""

    code = "folder"


class Planned(Frozen):
    """One planned episode."""

    scenario: str = Field(description="Name of the scenario.")
    trial: int = Field(description="Which repetition, from 1.")
    arm: str = Field(default="", description="Its arm; empty: the scenario's own faults.")
    file: str = Field(description="Where its trajectory lies, below the run's folder.")


class Compared(Frozen):
    """One of several settings of faults that the run compares."""

    name: str = Field(description="As it was asked for with --faults.")
    hash: str = Field(description="Hash of all that its profiles say.")


class Played(Frozen):
    """A scenario of the run."""

    name: str = Field(description="Name of the scenario.")
    file: str = Field(description="Where it was read from.")
    template: str = Field(default="", description="The scenario without its variant.")
    hash: str = Field(description="Hash of all that it says.")
    start_digest: str = Field(default="", description="Content digest of its world in the first trial.")
    seeds: dict[str, int] = Field(default_factory=dict, description="The seeds that it pins; others are the run's.")
    weak: bool = Field(default=False, description="Whether an agent that does nothing would pass.")
    lasting: tuple[str, ...] = Field(default=(), description="Servers whose state outlasts an episode.")


class Shard(Frozen):
    """Which share of its planned episodes a run plays."""

    number: int = Field(description="Which of the shares, from 1.", ge=1)
    of: int = Field(description="How many there are.", ge=1)


class Manifest(Frozen):
    """What a run is: written when it starts, and again when it ends."""

    schema_version: Literal["1"] = Field(default="1", description="Version of this format.")
    name: str = Field(description="Name of the run.")
    status: Literal["running", "finished", "interrupted"] = Field(description="A killed run stays `running`.")
    soundstage: str = Field(description="Version of the program.")
    versions: dict[str, str] = Field(default_factory=dict, description="What it runs with, by name.")
    paths: tuple[str, ...] = Field(default=(), description="Names and paths that were given.")
    match: str | None = Field(default=None, description="Which of their scenarios were wanted.")
    agent: str = Field(description="SPEC of the agent.")
    options: dict[str, Any] = Field(default_factory=dict, description="How the agent was run, beside its SPEC.")
    engine: dict[str, Any] = Field(default_factory=dict, description="Where its episodes were played.")
    terms: dict[str, Any] = Field(default_factory=dict, description="How often and how long episodes are tried.")
    isolation: str = Field(description="What kept the agent from reaching more than its tools.")
    seed: int = Field(description="The run's seed.")
    trials: int = Field(description="Repetitions of each scenario.")
    parallel: int = Field(default=1, description="Episodes at a time.")
    vary: tuple[Literal["world"], ...] = Field(default=(), description="What differs from trial to trial as well.")
    thresholds: tuple[str, ...] = Field(default=(), description="What was to be reached.")
    arms: tuple[Compared, ...] = Field(default=(), description="The settings of faults that are compared, in order.")
    shard: Shard | None = Field(default=None, description="The share that it plays; null: all.")
    store: str | None = Field(default=None, description="The object store that keeps it, too.")
    started_at: str = Field(description="Wall-clock time of the start.")
    ended_at: str | None = Field(default=None, description="Wall-clock time of the end.")
    resumed_at: tuple[str, ...] = Field(default=(), description="Wall-clock times at which it was gone on with.")
    scenarios: tuple[Played, ...] = Field(description="The scenarios, in order.")
    planned: tuple[Planned, ...] = Field(description="Every planned episode: the denominator of all rates.")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run."""

    path: Path

    def record(self, scenario: str, trial: int, arm: str = "") -> Path:
        """Where an episode's trajectory lies."""
        return self.path / "episodes" / f"{_named(scenario, arm)}-{trial}.jsonl"

    def outputs(self, scenario: str, trial: int, arm: str = "") -> Path:
        """Where what the agent wrote in an episode lies."""
        return self.path / "agents" / f"{_named(scenario, arm)}-{trial}"

    def write(self, manifest: Manifest) -> None:
        """Keep the manifest, whole or not at all."""
        content = orjson.dumps(manifest.model_dump(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        self._force(content, _UNFINISHED).replace(self.path / MANIFEST)

    def probe(self) -> None:
        """Raise OSError where nothing can be written any more; several threads may ask at once."""
        self._force(bytes(_PROBE_BYTES), f".probe-{threading.get_ident()}").unlink()

    def set_aside(self, scenario: str, trial: int, arm: str = "") -> int:
        """Put away what an earlier attempt at a trial left; returns the number of the next attempt, from 1."""
        record, outputs = self.record(scenario, trial, arm), self.outputs(scenario, trial, arm)
        left = [*record.parent.glob(f"{glob.escape(record.stem)}.*"), *([outputs] if outputs.exists() else [])]
        number = 1 + sum(1 for _ in (self.path / "attempts").glob(f"{glob.escape(record.stem)}.*"))
        if not left:
            return number
        away = self.path / "attempts" / f"{record.stem}.{number}"
        away.mkdir(parents=True)
        for path in left:
            path.replace(away / path.name)
        return number + 1

    def touched(self) -> set[str]:
        """Beginnings of names, up to each dot, under which something of any attempt lies."""
        names = [name for folder in _HOLDING for name in _names_in(self.path / folder)]
        return {name[:end] for name in names for end in [*_dots(name), len(name)]}

    def put_away(self) -> list[Path]:
        """The records of attempts that were put away."""
        return sorted((self.path / "attempts").glob("*/*.jsonl"))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from writing here meanwhile. Raises FolderError when one does."""
        with (self.path / ".lock").open("ab") as file:
            if not hold(file):
                raise FolderError(f"{self.path} is being run", hint="wait for it to end, or stop it first")
            yield

    def _force(self, content: bytes, name: str) -> Path:
        """A file with this content that has reached the disk."""
        partial = self.path / name
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return partial

    def manifest(self) -> Manifest:
        """The manifest. Raises FolderError."""
        try:
            data: Any = orjson.loads((self.path / MANIFEST).read_bytes())
            return Manifest.model_validate(data)
        except (OSError, ValueError) as error:
            words = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise FolderError(f"{self.path} is no run: {words}", hint="soundstage list shows the runs") from None


def new_folder(out: Path | None, names: Sequence[str]) -> RunFolder:
    """An empty folder: `out`, or the next free one in `runs/`, named after what is run. Raises FolderError.

    What a run left that was killed before it had a manifest counts for nothing.
    """
    if out is not None:
        refuse_url(out)
        if out.exists() and (not out.is_dir() or any(path.name != _UNFINISHED for path in out.iterdir())):
            raise FolderError(f"{out} is not empty", hint="give --out a folder that does not exist yet")
        _make(out)
        return RunFolder(out)
    title = Path(names[0].partition("[")[0]).stem if len(names) == 1 else "run"
    for number in range(1, 1_000_000):
        folder = RUNS / f"{title or 'run'}-{number}"
        if not folder.exists() and _make(folder):
            return RunFolder(folder)
    raise FolderError(f"{RUNS} is full")


def refuse_url(out: Path) -> None:
    """Refuse the URL of a store where a place on this disk is meant; a path has lost a slash. Raises FolderError."""
    if _URL.match(str(out)):
        hint = "name a place on this disk; soundstage run --store URL keeps a run in an object store as well"
        raise FolderError(f"{out} is a URL", hint=hint)


def found_run(name: str) -> RunFolder:
    """The run in a folder, of a name below `runs/`, or at the URL of a store. Raises FolderError, StoreError."""
    if "://" in name:
        from harness.store.checkout import checked_out  # what looks into stores reads runs

        return checked_out(name)
    for path in (Path(name), RUNS / name):
        if (path / MANIFEST).is_file():
            return RunFolder(path)
    raise FolderError(f"there is no run {name!r}", hint="soundstage list shows the runs")


def run_folders(runs: Path = RUNS) -> Iterator[RunFolder]:
    """The runs in a folder, the oldest first."""
    manifests = sorted(runs.glob(f"*/{MANIFEST}"), key=lambda path: (path.stat().st_mtime_ns, path))
    return (RunFolder(path.parent) for path in manifests)


def _names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _dots(name: str) -> list[int]:
    return [place for place, letter in enumerate(name) if letter == "."]


def _named(scenario: str, arm: str) -> str:
    """The beginning of a file's name: a name of an arm is kept, a path of one stands as its hash."""
    if not arm:
        return stem(scenario)
    told = arm if _PLAIN_ARM.fullmatch(arm) else content_hash(arm.encode()).hex()[:8]
    return f"{stem(scenario)}@{told}"


def _make(folder: Path) -> bool:
    """Make a folder; False when somebody else was faster."""
    try:
        folder.mkdir(parents=True, exist_ok=folder.exists())
    except FileExistsError:
        return False
    except OSError as error:
        raise FolderError(f"cannot make {folder}: {error.strerror}", hint="choose another place with --out") from None
    return True
