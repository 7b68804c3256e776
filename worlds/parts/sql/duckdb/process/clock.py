"""The present time and chance of a session: one variable and one seed, set only where a statement may look at them."""

import re
from typing import Final

import duckdb

from worlds.parts.sql.duckdb.messages import Catalog
from worlds.parts.sql.duckdb.process.instance import CLOCK, CLOCK_WORDS

_HEADS: Final = re.compile(r"\s*(execute|begin|start)\b", re.IGNORECASE)
"""What may lead to more than the text shows."""
_GOLDEN: Final = 0.6180339887498949


class Clock:
    """What a session's clock shows at present."""

    def __init__(self) -> None:
        self._now_us: int | None = None

    def set(
        self, session: duckdb.DuckDBPyConnection, now_us: int, seed: float, number: int, sql: str, catalog: Catalog
    ) -> None:
        """Let the session see a time and a chance, if statement `number` of a text may ask for them."""
        if not (catalog.volatile or CLOCK_WORDS.search(sql) or _HEADS.match(sql)):
            return
        if self._now_us != now_us:
            session.execute(f"set variable {CLOCK} = system.main.make_timestamptz({now_us})")
            self._now_us = now_us
        session.execute(f"select system.main.setseed({(seed + number * _GOLDEN) % 1.0!r})").fetchall()
