"""Copy a folder of the host: the only place where a file tree meets real files."""

import os
import stat
from pathlib import Path
from typing import Final

from worlds.errors import WorldError
from worlds.parts.filesystem.content import file_path
from worlds.parts.filesystem.draft import Draft, DraftFile, DraftFolder, DraftLink

_COMPILED: Final = "__pycache__"


def source_folder(written: str, home: Path) -> Path:
    """The folder that a world file in `home` means: one inside `home`, which would show the world file itself.

    Raises WorldError when it is missing or lies elsewhere.
    """
    found = (home.resolve() / written).resolve()
    if home.resolve() not in found.parents:
        raise WorldError(f"from: {written!r} is not inside the folder of the world file", hint="give a folder in it")
    if not found.is_dir():
        raise WorldError(f"from: there is no folder {written!r} beside the world file")
    return found


def copied(source: Path, *, plain: bool) -> DraftFolder:
    """A folder with all below it. Links are copied as they are written and never followed.

    `plain` folders differ from checkout to checkout in all but content: their modes become 755 or 644 by the owner's
    execute bit, and their times and what Python compiles beside modules (installing them does) are left out. Raises
    WorldError for what cannot be read, is neither file, folder nor link, or has a name that is not Unicode.
    """
    about = source.stat()
    top = DraftFolder(mode=_mode(about, plain=plain), mtime_ns=_time(about, plain=plain))
    pending = [(source, top)]
    for folder, draft in pending:
        for path in sorted(each for each in folder.iterdir() if not plain or each.name != _COMPILED):
            inside = _copy(path, path.relative_to(source).as_posix(), plain=plain)
            draft.entries[path.name] = inside
            if isinstance(inside, DraftFolder):
                pending.append((path, inside))
    return top


def _copy(path: Path, shown: str, *, plain: bool) -> Draft:
    try:
        file_path(shown)
        about = path.lstat()
        mode, mtime_ns = _mode(about, plain=plain), _time(about, plain=plain)
        if stat.S_ISLNK(about.st_mode):
            return DraftLink(_target(path), mtime_ns)
        if stat.S_ISDIR(about.st_mode):
            return DraftFolder(mode=mode, mtime_ns=mtime_ns)
        if stat.S_ISREG(about.st_mode):
            return DraftFile(path.read_bytes(), mode, mtime_ns)
    except (OSError, ValueError) as error:
        raise WorldError(f"from: {shown!r} cannot be copied: {error}") from error
    raise WorldError(f"from: {shown!r} is neither a file nor a folder nor a link")


def _mode(about: os.stat_result, *, plain: bool) -> int:
    if plain:
        return 0o755 if about.st_mode & stat.S_IXUSR or stat.S_ISDIR(about.st_mode) else 0o644
    return about.st_mode & 0o777


def _time(about: os.stat_result, *, plain: bool) -> int | None:
    return None if plain else about.st_mtime_ns


def _target(path: Path) -> str:
    """What a link says. Raises ValueError when that is not Unicode."""
    target = os.readlink(path)  # noqa: PTH115 - Path.readlink drops trailing slashes and dots
    target.encode()
    return target
