"""Where a program's parts lie, so that a jail which hides homes can show them all the same."""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_LINKS_MAX: Final = 40
_SHEBANG_BYTES_MAX: Final = 4_096


def toolchains(program: str, search: str, homes: Iterable[Path]) -> list[Path]:
    """The folders that a program is installed in, and those of everything on the search path that lies in a home.

    A virtual environment is shown with the interpreter that it was made from, a script with its interpreter.
    """
    kept = list(homes)
    places = [_installation(path, kept) for path in _hops(program, search)]
    places += [_installation(Path(entry) / "any", kept) for entry in search.split(os.pathsep) if entry]
    return list(dict.fromkeys(place for place in places if any(place.is_relative_to(home) for home in kept)))


def _hops(program: str, search: str) -> Iterator[Path]:
    """A program's file, everything that it is a link to, and the same for its interpreter if it is a script."""
    found = shutil.which(program, path=search)
    if found is None:
        return
    path = Path(os.path.abspath(found))  # noqa: PTH100 - a link's name counts here, not what it leads to
    for _ in range(_LINKS_MAX):
        yield path
        if not path.is_symlink():
            break
        path = Path(os.path.normpath(path.parent / path.readlink()))
    yield path.resolve()
    interpreter = _interpreter(path)
    if interpreter is not None and interpreter != program:
        yield from _hops(interpreter, search)


def _interpreter(script: Path) -> str | None:
    """What a script's first line names; for `env` what that is to look for."""
    try:
        with script.open("rb") as file:
            line = file.read(_SHEBANG_BYTES_MAX).partition(b"\n")[0]
    except OSError:
        return None
    words = line[2:].decode("utf-8", "replace").split() if line.startswith(b"#!") else []
    if words and Path(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return words[0] if words else None


def _installation(program: Path, homes: list[Path]) -> Path:
    """The folder above `bin`, unless that is a home itself or a folder where everything of a user is kept."""
    folder = program.parent
    if folder.name not in ("bin", "Scripts", "shims"):
        return folder
    above = folder.parent
    shared = above.name == ".local" or any(home.is_relative_to(above) for home in homes)
    return folder if shared else above
