"""Databases in portable form: the recipe of the base by its hash, the write log, and who settled what."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from worlds.blobs import Blobs
from worlds.digest import content_hash
from worlds.errors import ArchiveError, WorldError
from worlds.parts.sql.duckdb.bases import base_of
from worlds.parts.sql.duckdb.differences import step_changes
from worlds.parts.sql.duckdb.leases import repeat_job
from worlds.parts.sql.duckdb.log import EMPTY_LOG, Log, load_entry
from worlds.parts.sql.duckdb.messages import Told
from worlds.parts.sql.duckdb.pool import Pool
from worlds.parts.sql.duckdb.state import State

ENGINE: Final = "duckdb"


def dump_state(state: State, blobs: Blobs) -> dict[str, Any]:
    """A JSON-like manifest whose bytes lie in `blobs`."""
    return {
        "engine": ENGINE,
        "base": blobs.put(state.base.recipe_bytes()),
        "entries": [asdict(entry) for entry in state.log],
        "settled": [[blame.actor, blame.log_length] for blame in state.blame],
        "now_us": state.now_us,
        "digest": state.digest.hex(),
        "marks": state.marks_digest.hex(),
    }


def dump_since(state: State, older: State) -> dict[str, Any] | None:
    """What leads from the dump of an older state to this one's; None where its log is no beginning of this one's."""
    entries = state.log.since(older.log) if state.base is older.base else None
    blames = list(state.blame.since(older.blame))[::-1]
    if entries is None or len(blames) != state.blame.length - older.blame.length:
        return None
    return {
        "set": {"now_us": state.now_us, "digest": state.digest.hex(), "marks": state.marks_digest.hex()},
        "more": {
            "entries": [asdict(entry) for entry in entries],
            "settled": [[blame.actor, blame.log_length] for blame in blames],
        },
    }


def load_state(manifest: Mapping[str, Any], blobs: Blobs, pool: Pool) -> State:
    """The state that a manifest describes, reached by doing its log again. Raises ArchiveError."""
    try:
        return _load(manifest, blobs, pool)
    except ArchiveError:
        raise
    except (WorldError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArchiveError(f"a database cannot be had from its archive: {error}") from error


def _load(manifest: Mapping[str, Any], blobs: Blobs, pool: Pool) -> State:
    recipe = blobs.get(manifest["base"])
    if content_hash(recipe).hex() != manifest["base"]:
        raise ArchiveError("a database's base is damaged")
    log = EMPTY_LOG
    for value in manifest["entries"]:
        log = log.plus(load_entry(value))
    first = State.first(base_of(recipe, pool), int(manifest["now_us"]))
    told: list[Told] = pool.submit(repeat_job(first, log)).result() if log.length else []
    state = _settled(first, log, told, {int(length): str(actor) for actor, length in manifest["settled"]})
    if state.digest.hex() != manifest["digest"] or state.marks_digest.hex() != manifest["marks"]:
        raise ArchiveError("a database does not come to the recorded digest", hint="the archive is damaged")
    return replace(state, now_us=int(manifest["now_us"]))


def _settled(state: State, log: Log, told: list[Told], actors: Mapping[int, str]) -> State:
    """The state after each statement of a log, settled where it was."""
    earlier, done, growing = state, [], EMPTY_LOG
    for entry, each in zip(log, told, strict=True):
        growing = growing.plus(entry)
        catalog = state.catalog
        for effects in each.effects:
            done.append((catalog, effects))
            catalog = effects.catalog or catalog
        state = state.after(each, growing, entry.now_us)
        if growing.length in actors:
            actor = actors[growing.length]
            paths = dict.fromkeys(change.path for change in step_changes(earlier, state, done, actor))
            state = replace(state, blame=state.blame.plus(actor, tuple(paths), growing.length))
            earlier, done = state, []
    return state
