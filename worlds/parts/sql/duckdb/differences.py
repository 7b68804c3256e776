"""Changes between two states: from what is kept where that is enough, from a worker where it is not."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import immutables
from msgspec.structs import replace

from worlds.changes import Actor, Change
from worlds.parts.sql.duckdb.facts import label
from worlds.parts.sql.duckdb.leases import compare_job
from worlds.parts.sql.duckdb.messages import Catalog, Effects, Name
from worlds.parts.sql.duckdb.net import (
    Delta,
    Net,
    as_changes,
    between,
    bulk_nets,
    effect_nets,
    fold,
    object_nets,
    row_nets,
)
from worlds.parts.sql.duckdb.state import State
from worlds.parts.sql.duckdb.worker import Job

_NOTHING: Final[Delta] = immutables.Map()
Nets = Iterator[tuple[str, Net]]


def step_changes(before: State, after: State, done: Iterable[tuple[Catalog, Effects]], actor: Actor) -> list[Change]:
    """The net changes of one step, whose statements had these effects."""
    delta, bulk = _NOTHING, set[Name]()
    for catalog, effects in done:
        delta = fold(delta, effect_nets(effects, catalog))
        bulk |= effects.bulk
    nets = [*_without(delta.items(), bulk), *bulk_nets(sorted(bulk), before.sums, after.sums)]
    return [replace(change, actors=(actor,)) for change in as_changes(nets)]


def diff_states(older: State, newer: State, ask: Callable[[Job], Any]) -> list[Change]:
    """The net changes from one state to another."""
    shared = older.base is newer.base
    names = {*older.sums.keys(), *newer.sums.keys()}
    differing = {name for name in names if older.sums.get(name) != newer.sums.get(name)}
    read = differing & (older.bulk | newer.bulk) if shared else differing
    nets = list(_known(older, newer, read) if shared else object_nets(older.catalog, newer.catalog))
    if read:
        found: Effects = ask(compare_job(older, newer, tuple(sorted(read))))
        nets += fold(_NOTHING, row_nets(found.rows)).items()
    changes = list(as_changes(nets))
    return [_blamed(change, older, newer) for change in changes] if shared else changes


def _known(older: State, newer: State, read: set[Name]) -> Nets:
    """What the states' differences from their base tell, but for tables that have to be read."""
    settled = {name for name in older.bulk | newer.bulk if name not in read}
    return _without(between(older.delta, newer.delta), read | settled)


def _without(nets: Iterable[tuple[str, Net]], names: set[Name]) -> Nets:
    """Changes without the rows of some tables."""
    heads = tuple(f"{label(name)}[" for name in names)
    return ((path, net) for path, net in nets if not (heads and path.startswith(heads)))


def _blamed(change: Change, older: State, newer: State) -> Change:
    """The change with all who touched its path on the way from one state to the other, first touch first."""
    table = f"{change.path.partition('[')[0]}[*]"
    settled = [*older.blame.since(newer.blame), *newer.blame.since(older.blame)][::-1]
    actors = (blame.actor for blame in settled if change.path in blame.paths or table in blame.paths)
    return replace(change, actors=tuple(dict.fromkeys(actors)))
