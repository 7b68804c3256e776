"""Snapshots as files: one portable, versioned archive that is verified as a whole before anything of it is used.

The file is a zip of `manifest.json` (format, version, the world's manifest, the list of content addresses) and one
entry per content address under `blobs/`. Entries are stored in sorted order with a fixed date, so equal worlds give
equal bytes.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from worlds.blobs import MemoryBlobs
from worlds.companion import Companion
from worlds.digest import content_hash, value_hash
from worlds.errors import ArchiveError, WorldError
from worlds.world import World

_DATE: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Kind:
    """What an archive is to be."""

    format: str
    version: int
    named: str
    """What it is called in complaints."""
    bytes_max: int
    """How much it may unpack to."""


SNAPSHOT: Final = Kind("soundstage-snapshot", 1, "snapshot", 4 << 30)


def write_archive(world: World, target: Path | IO[bytes]) -> str:
    """Write a world's state to one file (whole or not at all) and return its content digest in hex."""
    blobs = MemoryBlobs()
    manifest = world.dump(blobs)
    data = packed(SNAPSHOT, {"world": manifest}, blobs)
    if isinstance(target, Path):
        partial = target.with_name(target.name + ".partial")
        partial.write_bytes(data)
        partial.replace(target)
    else:
        target.write(data)
    return str(manifest["content_digest"])


def read_archive(source: Path | IO[bytes], companions: Mapping[str, Companion] | None = None) -> World:
    """The world that an archive holds. Raises ArchiveError for anything corrupt, truncated, foreign or too new."""
    head, blobs = unpacked(SNAPSHOT, source)
    try:
        return World.load(head["world"], blobs, companions)
    except ArchiveError:
        raise
    except (WorldError, KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise ArchiveError(f"the archive does not describe a world: {error}") from error


def packed(kind: Kind, content: Mapping[str, Any], blobs: MemoryBlobs) -> bytes:
    """One file of a kind: what it says, and the bytes that this is about; equal content gives equal bytes.

    Keys keep their order, because servers answer in the order in which their settings name things.
    """
    addresses = sorted(blobs.items)
    head = {"format": kind.format, "version": kind.version, **content, "blobs": addresses}
    head["check"] = value_hash(head).hex()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "manifest.json", json.dumps(head).encode())
        for address in addresses:
            _add(archive, f"blobs/{address}", blobs.items[address])
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED, 6)


def unpacked(kind: Kind, source: Path | IO[bytes]) -> tuple[dict[str, Any], MemoryBlobs]:
    """What an archive of a kind says, and the bytes that this is about, all of them verified. Raises ArchiveError."""
    try:
        with zipfile.ZipFile(source) as archive:
            if sum(info.file_size for info in archive.infolist()) > kind.bytes_max:
                raise ArchiveError(f"the archive unpacks to more than {kind.bytes_max >> 20} MiB")
            head = _head(kind, archive)
            return head, _contents(kind, archive, head["blobs"])
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArchiveError(f"this is not a readable {kind.named}: {error}") from None
    except ArchiveError:
        raise
    except Exception as error:  # zlib and struct errors of damaged entries have no common base
        raise ArchiveError(f"the {kind.named} is damaged: {error}") from error


def _head(kind: Kind, archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        head = json.loads(archive.read("manifest.json"))
    except (KeyError, ValueError, RecursionError):
        raise ArchiveError(f"this file is not a {kind.named}: it has no manifest") from None
    if not isinstance(head, dict) or head.get("format") != kind.format:
        raise ArchiveError(f"this file is not a {kind.named} of a world")
    if head.get("version") != kind.version:
        raise ArchiveError(
            f"{kind.named} version {head.get('version')!r} is not known here", hint=f"known: {kind.version}"
        )
    check = head.pop("check", None)
    if check != value_hash(head).hex():
        raise ArchiveError(f"the {kind.named}'s manifest is damaged")
    return head


def _contents(kind: Kind, archive: zipfile.ZipFile, addresses: list[str]) -> MemoryBlobs:
    if sorted(["manifest.json", *(f"blobs/{address}" for address in addresses)]) != sorted(archive.namelist()):
        raise ArchiveError(f"the {kind.named} does not hold exactly what its manifest lists")
    blobs = MemoryBlobs()
    for address in addresses:
        data = archive.read(f"blobs/{address}")
        if content_hash(data).hex() != address:
            raise ArchiveError(f"the content {address} is damaged")
        blobs.items[address] = data
    return blobs
