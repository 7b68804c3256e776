"""How a directory is written down: its entries in byte order, or what differs from an older manifest.

A directory's own mode, times and inode stand in the manifest above it. Entries are arrays, to keep large directories
small: `["f", mode, mtime, birth, inode, address]`, `["l", mtime, birth, inode, target]` and
`["d", mode, mtime, birth, inode, address]`.
"""

from typing import Annotated, Any, Final, TypeAlias, TypeVar

import msgspec

from worlds.blobs import Blobs
from worlds.errors import ArchiveError

Mode: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=0o7777)]
Time: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Inode: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Address: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
T = TypeVar("T")


class FileEntry(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="f"):
    """A file and the address of its bytes."""

    mode: Mode
    mtime_ns: Time
    birth_ns: Time
    inode: Inode
    address: Address


class LinkEntry(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="l"):
    """A link and what it says."""

    mtime_ns: Time
    birth_ns: Time
    inode: Inode
    target: Annotated[str, msgspec.Meta(min_length=1, max_length=4095)]


class FolderEntry(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag="d"):
    """A directory and the address of its manifest."""

    mode: Mode
    mtime_ns: Time
    birth_ns: Time
    inode: Inode
    address: Address


Entry: TypeAlias = FileEntry | LinkEntry | FolderEntry


class FolderManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The entries of a directory; with a `base`, those that differ from it, and the names that are gone."""

    entries: dict[str, Entry]
    base: Address | None = None
    gone: list[str] = []


class TreeManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole tree: its place, its root directory, both digests, and the blame since its first state."""

    format: Annotated[int, msgspec.Meta(ge=1, le=1)]
    root: Annotated[str, msgspec.Meta(pattern="^/", max_length=4095)]
    bytes_max: Annotated[int, msgspec.Meta(ge=0)] | None
    files_max: Annotated[int, msgspec.Meta(ge=0)] | None
    top: FolderEntry
    next_inode: Inode
    effects: Annotated[int, msgspec.Meta(ge=0)]
    base: Address
    blame: Address
    digest: Address
    marks_digest: Address


class BlameManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Path to actors with their stamps; with a `base`, those that differ from it."""

    touches: dict[str, tuple[tuple[str, str], ...]]
    base: Address | None = None


ENCODER: Final = msgspec.json.Encoder(order="sorted")


def encoded(value: object) -> bytes:
    """A manifest as JSON with sorted keys."""
    return ENCODER.encode(value)


def fetched(address: str, blobs: Blobs, kind: type[T]) -> T:
    """The manifest at an address. Raises ArchiveError when it is missing or has another form."""
    try:
        return msgspec.json.decode(blobs.get(address), type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ArchiveError(f"a damaged part of a file tree, {address[:12]}: {error}") from None


def converted(manifest: Any, kind: type[T]) -> T:
    """A manifest given as data. Raises ArchiveError when it has another form."""
    try:
        return msgspec.convert(manifest, kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ArchiveError(f"this does not describe a file tree: {error}") from None


def plain(manifest: msgspec.Struct) -> dict[str, Any]:
    """A manifest as JSON-like data."""
    data: dict[str, Any] = msgspec.to_builtins(manifest)
    return data
