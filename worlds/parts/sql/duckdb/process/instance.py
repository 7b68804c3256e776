"""One DuckDB instance: opened, locked, and given one database at a time."""

import os
import re
from pathlib import Path
from typing import Final

import duckdb

from worlds.parts.sql.duckdb.naming import FOLDER, shown_path

MEMORY: Final = "512MB"
CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "async_threads": 0,
    "memory_limit": MEMORY,
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
    "allow_extension_repositories": "forbidden",
    "home_directory": FOLDER,
    "secret_directory": f"{FOLDER}/secrets",
    "extension_directory": f"{FOLDER}/extensions",
}
_NEVER_WRITE: Final = (
    "set global checkpoint_on_detach = 'DISABLED'",
    "set global checkpoint_threshold = '1TB'",
    "set global auto_checkpoint_skip_wal_threshold = 1000000000000",
)
"""What keeps the engine from folding the log into a base that later episodes start from."""
CLOCK: Final = "wall_clock"
_NOW: Final = f"cast(getvariable('{CLOCK}') as timestamptz)"
_UTC: Final = f"cast({_NOW} as timestamp)"
_MILLISECONDS: Final = f"system.main.lpad(system.main.lower(system.main.hex(system.main.epoch_ms({_NOW}))), 12, '0')"
_MACROS: Final = {
    "now()": _NOW,
    "get_current_timestamp()": _NOW,
    "transaction_timestamp()": _NOW,
    "pg_postmaster_start_time()": _NOW,
    "today()": f"cast({_UTC} as date)",
    "current_date()": f"cast({_UTC} as date)",
    "localtimestamp()": _UTC,
    "current_localtimestamp()": _UTC,
    "current_localtime()": f"cast({_UTC} as time)",
    "get_current_time()": f"cast({_NOW} as timetz)",
    "age(a)": f"system.main.age(cast(cast({_UTC} as date) as timestamp), a), (a, b) as system.main.age(a, b)",
    "uuidv7()": f"cast(({_MILLISECONDS})[1:8] || '-' || ({_MILLISECONDS})[9:12] || '-7' "
    "|| cast(system.main.uuid() as varchar)[16:] as uuid)",
}
"""What stands before the engine's own clock, in the session's temporary schema; values come from one variable."""
_HIDDEN: Final = ", ".join(
    f"'{name.partition('(')[0]}'" for name in [*_MACROS, "duckdb_functions(", "duckdb_variables("]
)
_LISTS: Final = {
    "duckdb_functions()": "table select * from system.main.duckdb_functions() "
    f"where not (database_name = 'temp' and function_name in ({_HIDDEN}))",
    "duckdb_variables()": f"table select * from system.main.duckdb_variables() where name <> '{CLOCK}'",
}
CLOCK_WORDS: Final = re.compile(
    r"now|today|current_(date|time|local)|localtime|get_current_t|transaction_timestamp|pg_postmaster|\bage\b"
    r"|random|uuid|sample|setseed",
    re.IGNORECASE,
)
"""What a text holds when it may ask for time or chance; it may hold it for other reasons too."""
CLOCK_NAMES: Final = frozenset(name.partition("(")[0] for name in _MACROS)


class Instance:
    """A locked DuckDB with a control connection, the agent's session, and one for looking."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "live" / "database.duckdb"
        self.journal = self.file.with_name(self.file.name + ".wal")
        self.file.parent.mkdir(exist_ok=True)
        self.control = duckdb.connect(":memory:", config=CONFIG)
        for statement in _NEVER_WRITE:
            self.control.execute(statement)
        shut(self.control, self.file)
        self.alias = ""
        self._attached = False
        self.agent = self.control.cursor()
        self.look = self.control.cursor()
        self._owner: duckdb.DuckDBPyConnection | None = None
        dress(self.agent)

    def attach(self, base: Path, alias: str) -> None:
        """Give it a database that starts as the base does; what the sessions held is kept."""
        self.detach()
        os.link(base, self.file)
        self.control.execute(f"attach '{self.file}' as {quoted(alias)}")
        self.control.execute(f"use {quoted(alias)}")
        self.control.execute("detach memory")
        if alias != self.alias:
            self.agent.execute(f"use {quoted(alias)}")
            self.look.execute(f"use {quoted(alias)}")
        self.alias = alias
        self._attached = True

    def detach(self) -> None:
        """Take the database away and forget what was written to it."""
        if self._attached:
            self._attached = False
            self.control.execute("attach ':memory:' as memory")
            self.control.execute("use memory")
            self.control.execute(f"detach {quoted(self.alias)}")
        for path in self.file.parent.iterdir():
            path.unlink()

    def owner(self) -> duckdb.DuckDBPyConnection:
        """A session beside the agent's, for what others do while the agent has a transaction open."""
        if self._owner is None:
            self._owner = self.control.cursor()
            dress(self._owner)
        self._owner.execute(f"use {quoted(self.alias)}")
        return self._owner

    def renew_session(self) -> None:
        """Give the agent a session without temporary objects, variables or an open transaction."""
        self.agent.close()
        self.agent = self.control.cursor()
        if self._attached:
            self.agent.execute(f"use {quoted(self.alias)}")
        else:
            self.alias = ""
        dress(self.agent)

    def close(self) -> None:
        """Close all of it."""
        for connection in (self.agent, self.look, self.control):
            connection.close()

    def shown(self, text: str) -> str:
        """A text without the place where the database really lies."""
        folder = str(self.file.parent)
        if folder not in text:
            return text
        return text.replace(f"{folder}/{self.file.name}", shown_path(self.alias)).replace(folder, FOLDER)


def shut(control: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Leave the engine one database file and nothing else of the machine, for good."""
    paths = ", ".join(f"'{file}{end}'" for end in ("", ".wal", ".wal.checkpoint", ".wal.recovery", ".tmp"))
    control.execute("set global TimeZone = 'UTC'")
    control.execute(f"set allowed_paths = [{paths}]")
    control.execute("set enable_external_access = false")
    control.execute("set lock_configuration = true")


def dress(session: duckdb.DuckDBPyConnection) -> None:
    """Put the world's clock before the engine's in a new session."""
    for name, body in (*_MACROS.items(), *_LISTS.items()):
        session.execute(f"create temp macro {name} as {body}")


def builtin_names() -> frozenset[str]:
    """The names of the engine's own functions, in lower case, from an instance that is closed again."""
    with duckdb.connect(":memory:", config=CONFIG) as connection:
        names = connection.execute("select distinct lower(function_name) from duckdb_functions()").fetchall()
    return frozenset(name for (name,) in names)


def quoted(name: str) -> str:
    """An identifier as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
