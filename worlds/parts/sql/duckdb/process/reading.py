"""Owners' queries: one SELECT on a session of its own, in a transaction that cannot write."""

import contextlib
from typing import Any

import duckdb

from worlds.parts.sql.duckdb.messages import Catalog, Failure, Table
from worlds.parts.sql.duckdb.process.answers import failure_of, fetch
from worlds.parts.sql.duckdb.process.clock import Clock
from worlds.parts.sql.duckdb.process.instance import Instance, dress, quoted

_REFUSED = Failure("InvalidInputException", "Invalid Input Error: an owner's query is exactly one SELECT")


class Reader:
    """Reads from one instance; opened when first needed, because dressing a session takes milliseconds."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.session = instance.control.cursor()
        self.clock = Clock()
        dress(self.session)

    def ask(self, sql: str, parameters: Any, now_us: int) -> Table | Failure:
        """Answer one SELECT with all its rows."""
        shown = self.instance.shown
        try:
            statements = self.session.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                return _REFUSED
            self.session.execute(f"use {quoted(self.instance.alias)}")
            self.clock.set(self.session, now_us, 0.5, 0, sql, Catalog(volatile=True))
            self.session.execute("begin transaction read only")
            found = self.session.execute(statements[0], parameters or None)
            return fetch(found, shown, rows_max=0, cells_max=1 << 40, drained=True)[0]
        except (duckdb.Error, MemoryError, ValueError) as error:
            return failure_of(error, shown)
        finally:
            with contextlib.suppress(duckdb.Error):
                self.session.execute("rollback")
