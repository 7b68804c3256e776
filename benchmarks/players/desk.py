"""The world and the ten calls of the comparison, in plain Python as an environment's author would write them.

Only the standard library is used, because this is imported in every peer's own environment.
"""

import json
import os
import sqlite3
from dataclasses import dataclass
from typing import Any, Final

FILES: Final = int(os.environ.get("DESK_FILES", "20"))
ROWS: Final = int(os.environ.get("DESK_ROWS", "100"))
SCHEMA: Final = (
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, total REAL NOT NULL, note TEXT)"
)
FILL: Final = (
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {rows}) "
    "INSERT INTO orders SELECT i, i % 97, i * 1.25, 'order ' || i FROM c"
)


def seeded_files(count: int = FILES) -> dict[str, str]:
    """The files that every episode begins with, by path."""
    return {f"notes/{number}.txt": f"note {number}.\n" for number in range(1, count + 1)}


def seeded_image(rows: int = ROWS) -> bytes:
    """The database that every episode begins with, as SQLite's bytes."""
    connection = sqlite3.connect(":memory:")
    connection.execute(SCHEMA)
    connection.execute(FILL.format(rows=rows))
    connection.commit()
    return connection.serialize()


_FILES: Final = seeded_files()
_IMAGE: Final = seeded_image()


class Desk:
    """One episode's files and database. The cheapest honest copy: references to the texts, one block of pages."""

    def __init__(self) -> None:
        self.files = dict(_FILES)
        self.orders = sqlite3.connect(":memory:", check_same_thread=False)
        self.orders.deserialize(_IMAGE)

    def read(self, path: str) -> str:
        """A file's text."""
        return self.files[path]

    def write(self, path: str, text: str) -> str:
        """Write a file whole."""
        self.files[path] = text
        return "written"

    def query(self, sql: str) -> str:
        """The rows of a statement as JSON."""
        return json.dumps(self.orders.execute(sql).fetchall())

    def close(self) -> None:
        """Let go of the database."""
        self.orders.close()


class Desks:
    """The worlds of a server's episodes, by the episode's name: none of the SDKs keeps one for its author."""

    def __init__(self) -> None:
        self._desks: dict[str, Desk] = {}

    def reset(self, episode: str) -> str:
        """Give an episode the first state; the same for a new one."""
        self.close(episode)
        self._desks[episode] = Desk()
        return "ready"

    def close(self, episode: str) -> str:
        """Forget an episode's world."""
        if (old := self._desks.pop(episode, None)) is not None:
            old.close()
        return "closed"

    def call(self, name: str, arguments: dict[str, str]) -> str:
        """Any of the five tools by name."""
        given = dict(arguments)
        episode = given.pop("episode")
        if name in ("reset", "close"):
            return str(getattr(self, name)(episode))
        return str(getattr(self._desks[episode], name)(**given))


@dataclass(frozen=True, slots=True)
class Step:
    """One of the ten calls, and what its answer has to hold."""

    tool: str
    arguments: dict[str, Any]
    holds: str


def ten_calls(tag: str) -> tuple[Step, ...]:
    """Five reads, three writes and two queries. What comes back tells whether the reset and the isolation held: the
    first file has the first text until this episode changes it, and what was written carries the episode's tag."""
    return (
        Step("read", {"path": "notes/1.txt"}, "note 1."),
        Step("query", {"sql": "SELECT total FROM orders WHERE id = 7"}, "8.75"),
        Step("write", {"path": "notes/1.txt", "text": f"changed by {tag}"}, ""),
        Step("read", {"path": "notes/2.txt"}, "note 2."),
        Step("write", {"path": "own.txt", "text": f"mine is {tag}"}, ""),
        Step("read", {"path": "notes/1.txt"}, f"changed by {tag}"),
        Step(
            "query",
            {"sql": "SELECT count(*) AS found FROM orders WHERE customer = 3"},
            str(ROWS // 97 + (ROWS % 97 >= 3)),
        ),
        Step("read", {"path": "notes/3.txt"}, "note 3."),
        Step("write", {"path": "notes/2.txt", "text": f"also by {tag}"}, ""),
        Step("read", {"path": "own.txt"}, f"mine is {tag}"),
    )
