"""Bases: what databases start from. Known by the hash of their recipe, kept as files that workers copy."""

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import immutables

from worlds.digest import SetSum, content_hash
from worlds.errors import WorldError
from worlds.parts.sql.duckdb.messages import Catalog, Content, Failure, Make, Name
from worlds.parts.sql.duckdb.pool import Pool
from worlds.parts.sql.duckdb.recipes import read_recipe
from worlds.parts.sql.duckdb.worker import Killed

Sums = immutables.Map[Name, SetSum]


@dataclass(frozen=True, eq=False)
class Base:
    """One base: its recipe and its file, and what they hold."""

    address: str
    """The hexadecimal BLAKE2b-256 of the recipe."""
    alias: str
    recipe: Path
    file: Path
    catalog: Catalog
    sums: Sums
    sequences: Mapping[str, int | None]

    def recipe_bytes(self) -> bytes:
        """The recipe, as archives hold it."""
        return self.recipe.read_bytes()


_KNOWN: Final[weakref.WeakValueDictionary[str, Base]] = weakref.WeakValueDictionary()
_DRAFTED: Final[dict[str, Catalog]] = {}
_DRAFTED_MAX: Final = 100
"""Worlds are built again and again from the same schema: what it leads to is asked once."""


def base_of(recipe: bytes, pool: Pool) -> Base:
    """The base of a recipe, made if this process has not got it yet. Raises WorldError in the engine's words."""
    address = content_hash(recipe).hex()
    found = _KNOWN.get(address)
    if found is None or not found.file.exists():
        found = _KNOWN[address] = _make(address, recipe, pool)
    return found


def catalog_of(recipe: bytes, pool: Pool) -> Catalog:
    """The schema that a recipe leads to, without a base to keep. Raises WorldError in the engine's words."""
    address = content_hash(recipe).hex()
    if address in _KNOWN:
        return _KNOWN[address].catalog
    if address not in _DRAFTED:
        catalog = _draft(address, recipe, pool)
        if len(_DRAFTED) >= _DRAFTED_MAX:
            _DRAFTED.clear()
        _DRAFTED[address] = catalog
    return _DRAFTED[address]


def _draft(address: str, recipe: bytes, pool: Pool) -> Catalog:
    kept, file = pool.folder / f"{address}.draft", pool.folder / f"{address}.draft.duckdb"
    kept.write_bytes(recipe)
    try:
        return _made(pool, Make(str(kept), str(file), counted=False)).catalog
    finally:
        _forget(kept, file)


def _make(address: str, recipe: bytes, pool: Pool) -> Base:
    head, _ = read_recipe(recipe.splitlines())
    kept, file = pool.folder / f"{address}.recipe", pool.folder / f"{address}.duckdb"
    kept.write_bytes(recipe)
    try:
        made = _made(pool, Make(str(kept), str(file)))
    except WorldError:
        kept.unlink()
        raise
    sums: Sums = immutables.Map([(name, SetSum(total)) for name, total in made.sums.items()])
    base = Base(address, head.alias, kept, file, made.catalog, sums, made.sequences)
    weakref.finalize(base, _forget, kept, file)
    return base


def _made(pool: Pool, request: Make) -> Content:
    try:
        answer: Content | Failure = pool.ask(request)
    except Killed:
        raise WorldError("the schema and its rows need more time or memory than a worker has") from None
    if isinstance(answer, Failure):
        raise WorldError(answer.message)
    return answer


def _forget(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
