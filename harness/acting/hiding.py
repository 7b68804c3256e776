"""What an agent in a jail must not see: the records, the scenarios with all that they name, and our own sources."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from harness.agent import Assignment
from harness.recording.run_folder import MANIFEST, RUNS
from harness.scenario import Scenario
from worlds import host

_SOURCES: Final = Path(__file__).parents[2]
_PACKAGES: Final = ("harness", "sandbox_server", "fault_injection", "worlds", "soundstage.py")
_CHECKOUT: Final = ("tests", "docs", "benchmarks", ".git", "CHANGELOG.md", "README.md", "pyproject.toml")
"""What lies beside the packages in a checkout and tells as much as they do."""
_PATH_LETTERS_MAX: Final = 1_000


def hidden_paths(assignment: Assignment, needed: Sequence[Path]) -> list[Path]:
    """Everything to hide from an agent that needs to read `needed` (files and folders of its own)."""
    found = [*_records(assignment.outputs), host.state_folder(), *_own_sources(needed)]
    found += _told_by(assignment.scenario, needed)
    return [path for path in dict.fromkeys(found) if path.exists()]


def _records(outputs: Path | None) -> Iterator[Path]:
    """This run's folder, all others below `runs/`, and those that lie in the working directory."""
    yield RUNS.resolve()
    if outputs is not None:
        yield outputs.resolve().parent.parent
    for pattern in (f"*/{MANIFEST}", f"*/*/{MANIFEST}"):
        for manifest in Path.cwd().glob(pattern):
            if (manifest.parent / "episodes").is_dir():
                yield manifest.resolve().parent


def _own_sources(needed: Sequence[Path]) -> list[Path]:
    """Our packages, or the whole checkout that they lie in, where the agent has nothing of its own."""
    if not (_SOURCES / "pyproject.toml").is_file():
        return [*(_SOURCES / name for name in _PACKAGES), *_SOURCES.glob("soundstage-*.dist-info")]
    if not any(path.is_relative_to(_SOURCES) for path in needed):
        return [_SOURCES]
    return [_SOURCES / name for name in (*_PACKAGES, *_CHECKOUT)]


def _told_by(scenario: Scenario, needed: Sequence[Path]) -> Iterator[Path]:
    """The folders of a scenario and of its world; where the agent's own files lie in them, only what is theirs."""
    places = {Path(scenario.file).parent: scenario.document.data, scenario.world.folder: scenario.world.document.data}
    for folder, data in places.items():
        folder = folder.resolve()
        if not any(path.is_relative_to(folder) for path in needed):
            yield folder
            continue
        yield Path(scenario.file).resolve()
        yield from (path for pattern in ("*.yaml", "*.yml") for path in folder.glob(pattern))
        yield from _named(folder, data, needed)


def _named(folder: Path, data: Any, needed: Sequence[Path]) -> Iterator[Path]:
    """The files and folders in a folder that a document names, except those that lead to what the agent needs."""
    for text in _texts(data):
        if not text or len(text) > _PATH_LETTERS_MAX or "\n" in text or "\0" in text:
            continue
        try:
            path = (folder / text).resolve()
            named = path != folder and path.is_relative_to(folder) and path.exists()
        except (OSError, ValueError):
            continue
        if named and not any(place.is_relative_to(path) for place in needed):
            yield path


def _texts(value: Any) -> Iterable[str]:
    """Every text at any depth of a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
