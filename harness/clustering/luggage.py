"""What nodes of a cluster elsewhere are sent of this machine: this program and the working directory."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pathspec

import fault_injection
import harness
import sandbox_server
import worlds
from harness.engine import EngineError
from harness.running.order import Order

_PACKAGES: Final = (worlds, fault_injection, sandbox_server, harness)
_LEFT_BEHIND: Final = (".git", ".venv", "venv", "runs", "node_modules", ".tools", "__pycache__", ".*_cache")
"""What nodes are not sent of the working directory, beside what its ignore files name."""
_IGNORE_FILES: Final = (".gitignore", ".rayignore")
_MEGABYTES_MAX: Final = 200
_FILES_MAX: Final = 20_000
_NAMED_MAX: Final = 3


def sent() -> dict[str, Any]:
    """What nodes need, as the library wants to be told."""
    return {
        "py_modules": [str(Path(str(package.__file__)).parent) for package in _PACKAGES],
        "working_dir": str(Path.cwd()),
        "excludes": list(_LEFT_BEHIND),
    }


def refuse_paths_elsewhere(order: Order) -> None:
    """Refuse files that nodes would not have: they are sent the working directory. Raises EngineError."""
    for path in order.paths:
        found = Path(path.partition("[")[0])
        if found.is_absolute() and found.exists() and not found.is_relative_to(Path.cwd()):
            raise EngineError(
                f"{path} lies outside of the working directory, which is what nodes are sent",
                hint="start the run in a folder that holds it",
            )


def refuse_heavy(folder: Path) -> None:
    """Refuse to send a folder that is not meant to be sent, before all of it is packed. Raises EngineError."""
    weights: Counter[str] = Counter()
    for number, path in enumerate(files_in(folder), 1):
        weights[path.relative_to(folder).parts[0]] += path.lstat().st_size
        if weights.total() > _MEGABYTES_MAX * 1_000_000 or number > _FILES_MAX:
            heaviest = ", ".join(name for name, _ in weights.most_common(_NAMED_MAX))
            raise EngineError(
                f"the working directory has more than {_MEGABYTES_MAX} MB or {_FILES_MAX:,} files to be sent to nodes, "
                f"most of it in {heaviest}",
                hint="name what they do not need in .rayignore, written like .gitignore, or start in a smaller folder",
            )


def files_in(folder: Path) -> Iterator[Path]:
    """Every file of a folder that nodes are sent."""
    return _files(folder, [(folder, _spec(_LEFT_BEHIND))])


def _files(folder: Path, specs: list[tuple[Path, pathspec.GitIgnoreSpec]]) -> Iterator[Path]:
    lines = [line for name in _IGNORE_FILES for line in _lines(folder / name)]
    specs = [*specs, (folder, _spec(lines))] if lines else specs
    for path in sorted(folder.iterdir()):
        is_folder = path.is_dir() and not path.is_symlink()
        if any(spec.match_file(_told(path.relative_to(place), is_folder)) for place, spec in specs):
            continue
        if is_folder:
            yield from _files(path, specs)
        else:
            yield path


def _told(path: Path, is_folder: bool) -> str:
    return f"{path.as_posix()}/" if is_folder else path.as_posix()


def _spec(lines: tuple[str, ...] | list[str]) -> pathspec.GitIgnoreSpec:
    return pathspec.GitIgnoreSpec.from_lines(lines)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
