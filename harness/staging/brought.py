"""Files beside a scenario by which it judges (hidden tests, functions): what they say is part of what it is."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.check import Bringing, Check, check_kinds
from harness.verdicts.materials import files_of
from worlds.digest import content_hash


def brought_along(checks: Iterable[Check], folder: Path) -> list[tuple[str, str]]:
    """The path of each such file, and the hash of what it says; files that cannot be read are left out."""
    return sorted({pair for check in checks for name in _names(check) for pair in _hashed(folder / name, name)})


def _names(check: Check) -> Iterable[str]:
    kind = check_kinds.get(check.kind)
    return kind.brought(check.settings) if isinstance(kind, Bringing) and type(check) is Check else ()


def _hashed(source: Path, name: str) -> Iterator[tuple[str, str]]:
    for path, place in files_of(source):
        try:
            yield f"{name}:{place.as_posix()}", content_hash(path.read_bytes()).hex()
        except OSError:
            continue
