"""How a snapshot finds the service again that its resources belong to.

The texts of document and rules travel with the snapshot. Code does not: an archive from elsewhere could otherwise bring
along what is then run, so the world's own file has to be there, unchanged.
"""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from worlds.blobs import Blobs
from worlds.digest import content_hash, value_hash
from worlds.errors import ArchiveError, WorldError
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.settings import ApiSettings

_KEPT_MAX: Final = 64
_FILES_MAX: Final = 500
_REFERENCE: Final = re.compile(r"""["']?\$ref["']?\s*:\s*["']?([^#"'\s,}]+)""")
_known: dict[str, Definition] = {}
"""Services that this process has built, by address and folder of code; the oldest go first."""


def texts_of(path: Path, folder: Path) -> dict[str, str]:
    """The text of a document and of the files that it refers to, by their names relative to a folder."""
    found: dict[str, str] = {}
    waiting = [path]
    while waiting and len(found) < _FILES_MAX:
        here = waiting.pop()
        name = _relative(here, folder)
        if name is None or name in found or not here.is_file():
            continue
        found[name] = here.read_text(encoding="utf-8", errors="replace")
        waiting += [here.parent / each for each in _REFERENCE.findall(found[name]) if "://" not in each]
    return found


def _relative(path: Path, folder: Path) -> str | None:
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return None


def address_of(settings: Mapping[str, Any], texts: Mapping[str, str], code: bytes) -> str:
    """What tells services apart: what they are made of."""
    hashes = {name: content_hash(text.encode()).hex() for name, text in texts.items()}
    return value_hash([settings, hashes, content_hash(code).hex()]).hex()


def remembered(address: str, folder: str) -> Definition | None:
    """A service that this process has built already."""
    return _known.get(f"{address}@{folder}")


def remember(address: str, folder: str, definition: Definition) -> Definition:
    """Keep a service for the next world that is made of the same."""
    _known[f"{address}@{folder}"] = definition
    while len(_known) > _KEPT_MAX:
        del _known[next(iter(_known))]
    return definition


def kept(definition: Definition, blobs: Blobs) -> dict[str, Any]:
    """What a manifest says of a service."""
    origin = dict(definition.origin)
    texts: Mapping[str, str] = origin.pop("texts")
    return {**origin, "files": {name: blobs.put(text.encode()) for name, text in sorted(texts.items())}}


def found_again(manifest: Any, blobs: Blobs) -> Definition:
    """The service that `kept` described. Raises ArchiveError."""
    try:
        known = remembered(manifest["address"], manifest["folder"])
        return known if known is not None else _rebuilt(manifest, blobs)
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        raise ArchiveError(f"this snapshot does not say which service it belongs to: {error!r}") from None


def _rebuilt(manifest: Mapping[str, Any], blobs: Blobs) -> Definition:
    from worlds.parts.api.building import define

    settings = ApiSettings.model_validate(manifest["settings"])
    texts = {str(name): blobs.get(address).decode() for name, address in manifest["files"].items()}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, text in texts.items():
            target = (folder / name).resolve()
            if not target.is_relative_to(folder.resolve()):
                raise ArchiveError(f"a file of this service lies outside of it: {name!r}")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        try:
            located = Path(manifest["code_at"]) if "code_at" in manifest else None
            definition = define(settings, folder, Path(manifest["folder"]), located)
        except WorldError as error:
            raise ArchiveError(f"the service of this snapshot cannot be built again: {error}") from None
    if definition.origin["address"] != manifest["address"]:
        raise ArchiveError("the service is not the one that this snapshot was taken of", hint="was its code changed?")
    return definition
