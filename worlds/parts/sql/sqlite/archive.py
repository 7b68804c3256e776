"""A state as a manifest with its bytes in blobs, and back, verified."""

import weakref
from collections.abc import Iterable, Mapping
from typing import Any, Final

import apsw
import immutables
import msgspec

from worlds.blobs import Blobs
from worlds.digest import content_hash
from worlds.errors import ArchiveError
from worlds.parts.sql.sqlite.base import PAGE_BYTES, Base, load_base
from worlds.parts.sql.sqlite.catalogue import Catalogue, read_catalogue
from worlds.parts.sql.sqlite.marks import UNREAD, Marks
from worlds.parts.sql.sqlite.pages import Pages, first_pages
from worlds.parts.sql.sqlite.session import fresh_session
from worlds.parts.sql.sqlite.settle import measure
from worlds.parts.sql.sqlite.state import Blame, State, Thing, Touches, first_state
from worlds.parts.sql.sqlite.vintage import VINTAGES, Version

_FIRST_STATES: Final[weakref.WeakKeyDictionary[Base, State]] = weakref.WeakKeyDictionary()


def dump_state(state: State, blobs: Blobs) -> dict[str, Any]:
    """The base by its address, the pages that differ by theirs, and the digests that `load_state` must find."""
    return {
        "engine": "sqlite",
        "version": state.pages.base.version,
        "base": state.pages.base.keep(blobs),
        "count": state.pages.count,
        "pages": [[number, blobs.put(page)] for number, page in sorted(state.pages.overlay.items())],
        "blame": blobs.put(_packed_blame(state.blame.items())),
        "effects": state.effects,
        "digest": state.digest.hex(),
        "marks_digest": state.marks_digest.hex(),
    }


def dump_since(state: State, older: State, blobs: Blobs) -> dict[str, Any] | None:
    """What leads from the dump of an older state to this one's; None where it is no older state of the same base."""
    now, then = state.pages, older.pages
    if now.base is not then.base or any(thing not in state.blame for thing in older.blame):
        return None
    written = [(number, page) for number, page in now.overlay.items() if then.overlay.get(number) is not page]
    touched = [(thing, by) for thing, by in state.blame.items() if older.blame.get(thing) is not by]
    return {
        "set": {
            "count": now.count,
            "effects": state.effects,
            "digest": state.digest.hex(),
            "marks_digest": state.marks_digest.hex(),
        },
        "put": {"pages": [[number, blobs.put(page)] for number, page in sorted(written)]},
        "drop": {"pages": [number for number in then.overlay if number not in now.overlay]},
        "more": {"touched": [blobs.put(_packed_blame(touched))] if touched else []},
    }


def load_state(manifest: Mapping[str, Any], blobs: Blobs) -> State:
    """The state that a manifest describes. Raises ArchiveError when anything is missing, damaged or not as recorded."""
    try:
        base = load_base(manifest["base"], _version(manifest["version"]), blobs)
        overlay = {int(number): _page(address, blobs) for number, address in manifest["pages"]}
        pages = Pages(base, immutables.Map(overlay), int(manifest["count"]))
        addresses = [manifest["blame"], *manifest.get("touched", ())]
        blame = immutables.Map(thing for address in addresses for thing in _load_blame(_verified(address, blobs)))
        state = _sum_up(base, pages, blame, (manifest["digest"], manifest["marks_digest"]))
        return State(
            pages, state.catalogue, state.sums, state.rows_total, state.numbers_total, state.internal, blame,
            int(manifest["effects"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, apsw.Error, msgspec.MsgspecError) as error:
        raise ArchiveError(f"the snapshot of a database is damaged: {error!r}") from None


def state_of(pages: Pages) -> State:
    """The state of some pages computed from nothing, in O(size)."""
    with fresh_session(pages, None) as session:
        session.free()
        return first_state(session.connection, pages, read_catalogue(session.connection))


def base_state(base: Base) -> State:
    """The state of a base, computed once for each."""
    if base not in _FIRST_STATES:
        _FIRST_STATES[base] = state_of(first_pages(base))
    return _FIRST_STATES[base]


def _sum_up(base: Base, pages: Pages, blame: Blame, recorded: tuple[str, str]) -> State:
    """The sums of loaded pages: from the base's and what was touched since, and if that fails from nothing."""
    first = base_state(base)
    marks = Marks()
    for name, key in blame:
        if key is None:
            marks.whole.add(name)
        elif name in first.catalogue.tables and isinstance(key, int | tuple):
            marks.rows.setdefault(name, {})[key] = UNREAD
    catalogue = _catalogue(pages, first.catalogue)
    marks.rows = {name: rows for name, rows in marks.rows.items() if name in catalogue.tables}
    delta = measure(first, pages, catalogue, marks)
    state = first.with_sums(pages, catalogue, delta.sums, delta.internal)
    if _digests(state) != recorded:
        state = state_of(pages)
    if _digests(state) != recorded:
        raise ArchiveError("a loaded database does not have the recorded digest", hint="the archive is damaged")
    return state


def _catalogue(pages: Pages, known: Catalogue) -> Catalogue:
    with fresh_session(pages, None) as session:
        session.free()
        return read_catalogue(session.connection, known)


def _digests(state: State) -> tuple[str, str]:
    return state.digest.hex(), state.marks_digest.hex()


def _version(name: Any) -> Version:
    if name not in VINTAGES:
        raise ArchiveError(f"a database of an unknown version: {name!r}")
    version: Version = name
    return version


def _page(address: str, blobs: Blobs) -> bytes:
    page = _verified(address, blobs)
    if len(page) != PAGE_BYTES:
        raise ArchiveError(f"the page stored under {address} has {len(page)} bytes")
    return page


def _verified(address: str, blobs: Blobs) -> bytes:
    data = blobs.get(address)
    if content_hash(data).hex() != address:
        raise ArchiveError(f"the content stored under {address} is damaged")
    return data


def _packed_blame(blame: Iterable[tuple[Thing, Touches]]) -> bytes:
    return msgspec.msgpack.encode(sorted((msgspec.msgpack.encode(thing), touches) for thing, touches in blame))


def _load_blame(data: bytes) -> list[tuple[Thing, Touches]]:
    decoded = msgspec.msgpack.decode(data, type=list[tuple[bytes, list[tuple[str, int]]]])
    return [(_load_thing(thing), tuple(touches)) for thing, touches in decoded]


def _load_thing(data: bytes) -> tuple[str, Any]:
    name, key = msgspec.msgpack.decode(data)
    return str(name), tuple(key) if isinstance(key, list) else key
