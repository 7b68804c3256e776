"""What code a stage runs: one hash of its source, by which two of the same version can be told apart."""

import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PACKAGES: Final = ("worlds", "fault_injection", "sandbox_server")
_LETTERS: Final = 16


@functools.cache
def code_hash(top: Path = Path(__file__).parents[1]) -> str | None:
    """A hash of the source of a stage's packages below a folder, wherever they were installed from. Blocks.

    The names and texts of their Python files alone count: not how lines end, what was compiled, nor files that are
    hidden. None where there is no source to be read.
    """
    found = hashlib.sha256()
    try:
        paths = sorted(_sources(top))
        for path in paths:
            text = (top / path).read_bytes().replace(b"\r\n", b"\n")
            found.update(b"%s\0%d\0%s" % (path.encode(), len(text), text))
    except OSError:
        return None
    return found.hexdigest()[:_LETTERS] if paths else None


def _sources(top: Path) -> Iterator[str]:
    for name in PACKAGES:
        for path in (top / name).rglob("*.py"):
            relative = path.relative_to(top)
            if not any(part.startswith(".") for part in relative.parts):
                yield relative.as_posix()
