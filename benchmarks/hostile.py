"""The worst calls that we know, of every tool and both SQL engines, by a short name each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

BODY_LETTERS = 4_000_000
"""About what one request may hold."""
DEEP = 1_900
"""Levels of directories that fit in a path."""
SQLITE = (
    "SELECT count(*) FROM orders a, orders b, orders c, orders d",
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c",
    "SELECT instr(hex(zeroblob(400000000)), 'x')",
    "SELECT length(replace(hex(zeroblob(50000000)), '0', 'yyyyyyyyyyyyyyyyyyyyyyyy'))",
    "SELECT printf('%.*c', 900000000, 'x')",
    "SELECT group_concat(a.note || b.note) FROM orders a, orders b, orders c",
    "SELECT 1 WHERE hex(zeroblob(200000)) LIKE '%0%0%0%0%0%0%0%0%0%0%0%0%0%0%1'",
    "SELECT randomblob(1000000000)",
    "SELECT json_array_length('[' || replace(hex(zeroblob(10000000)), '0', '1,') || '1]')",
    "SELECT * FROM orders a, orders b",
    "SELECT a.id, b.id FROM orders a, orders b LIMIT 490000",
    "SELECT zeroblob(8000000)",
    "SELECT replace(hex(zeroblob(3900000)), '00', char(7)||char(8))",
    "SELECT sum(length(a.note)) FROM orders a, orders b ORDER BY random()",
)
SQLITE_WRITES = (
    "UPDATE orders SET note = hex(zeroblob(1000))",
    "INSERT INTO orders SELECT NULL, a.id, 1, a.note FROM orders a, orders b LIMIT 200000",
    "INSERT INTO orders SELECT NULL, 1, 1, hex(zeroblob(20000)) FROM orders LIMIT 1000",
    "DELETE FROM orders",
    "VACUUM",
)
DUCKDB = (
    "SELECT count(*) FROM range(100000000) a, range(100000000) b",
    "SELECT list_sort(list(i)) FROM range(100000000) t(i)",
    "SELECT length(repeat('x', 2000000000))",
    "SELECT levenshtein(repeat('a', 80000), repeat('b', 80000))",
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c",
    "CREATE TABLE big AS SELECT range AS i, repeat('x', 100) AS t FROM range(1000000000)",
    "SELECT string_agg(i::VARCHAR, ',') FROM range(500000000) t(i)",
    "CREATE TABLE wide AS SELECT range AS i, repeat('x', 100) AS t FROM range(200000)",
    "SELECT " + ", ".join(str(number) for number in range(20_000)),
    "SELECT '" + "x" * 900_000 + "'",
    "SELECT repeat('x', 59000)",
    "SELECT range::VARCHAR FROM range(2000)",
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """One call that is meant to hurt."""

    server: str
    tool: str
    name: str
    arguments: Callable[[], Any]

    @property
    def label(self) -> str:
        """What the report calls it."""
        return f"{self.tool}: {self.name}"


def sqlite() -> list[Hostile]:
    """Statements, and arguments that are none."""
    found = [_asked("shop", "read_query", "query", sql) for sql in SQLITE]
    found += [_asked("shop", "write_query", "query", sql) for sql in SQLITE_WRITES]
    found += [
        Hostile("shop", "describe_table", "a long name", lambda: {"table_name": "x" * BODY_LETTERS}),
        Hostile("shop", "append_insight", "a long insight", lambda: {"insight": "\x01" * (BODY_LETTERS // 6)}),
        Hostile("shop", "create_table", "many columns", lambda: {"query": _columns(1_900)}),
        Hostile("shop", "read_query", "a long statement", lambda: {"query": "SELECT 1" + " " * BODY_LETTERS}),
        Hostile("shop", "write_query", "comments", lambda: {"query": "--\n" * (BODY_LETTERS // 4)}),
        Hostile("shop", "write_query", "more comments", lambda: {"query": "/**/" * (BODY_LETTERS // 4)}),
        *_misfits("shop", "read_query", "query"),
    ]
    return found


def duckdb() -> list[Hostile]:
    """The same for the other engine."""
    found = [_asked("warehouse", "execute_query", "sql", sql) for sql in DUCKDB]
    return [*found, *_misfits("warehouse", "execute_query", "sql"), *_misfits("warehouse", "list_columns", "table")]


def files() -> list[Hostile]:
    """Deep trees, files of nothing but newlines, texts that differ everywhere, long lists of arguments."""
    return [*_trees(), *_texts(), *_edits(), *_lists(), *_misfits("files", "read_text_file", "path")]


def _trees() -> Iterator[Hostile]:
    deep = "/workspace/" + "d/" * DEEP
    yield Hostile("files", "create_directory", "1,900 levels", lambda: {"path": deep})
    yield Hostile("files", "create_directory", "1,900 levels again", lambda: {"path": deep})
    yield Hostile("files", "directory_tree", "1,900 levels", lambda: {"path": "/workspace"})
    yield Hostile("files", "search_files", "1,900 levels", lambda: {"path": "/workspace", "pattern": "**/x*y"})
    yield Hostile("files", "write_file", "below 1,900 levels", lambda: {"path": deep + "leaf", "content": "x"})
    yield Hostile("files", "list_directory", "below 1,900 levels", lambda: {"path": deep})
    moved = {"source": deep + "leaf", "destination": deep + "moved"}
    yield Hostile("files", "move_file", "below 1,900 levels", lambda: moved)
    tops = {"source": "/workspace/d", "destination": "/workspace/e"}
    yield Hostile("files", "move_file", "1,900 levels", lambda: tops)
    notes = {"source": "/workspace/notes", "destination": "/workspace/moved"}
    yield Hostile("files", "move_file", "1,000 files", lambda: notes)
    yield Hostile("files", "move_file", "1,900 levels back", lambda: {"source": "/workspace/e", "destination": "d"})
    dots = "/workspace/" + "d/../" * 800
    yield Hostile("files", "list_directory", "up and down 800 times", lambda: {"path": dots})
    yield Hostile("files", "list_directory_with_sizes", "a path of 4 MB", lambda: {"path": "d/" * (BODY_LETTERS // 2)})
    yield Hostile("files", "create_directory", "a path of 4 MB", lambda: {"path": "e/" * (BODY_LETTERS // 2)})


def _texts() -> Iterator[Hostile]:
    lines = {"path": "/workspace/lines.txt", "content": "\n" * (BODY_LETTERS // 2)}
    yield Hostile("files", "write_file", "2 million newlines", lambda: lines)
    for part in ("head", "tail"):
        asked = {"path": "/workspace/lines.txt", part: BODY_LETTERS // 2 - 10}
        yield Hostile("files", "read_text_file", f"{part} of newlines", partial(dict, asked))
    yield Hostile("files", "read_text_file", "newlines", lambda: {"path": "/workspace/lines.txt"})
    controls = {"path": "/workspace/controls.txt", "content": "\x01" * (BODY_LETTERS // 6)}
    yield Hostile("files", "write_file", "control characters", lambda: controls)
    again = {"paths": ["/workspace/controls.txt"] * 24}
    yield Hostile("files", "read_multiple_files", "16 MB of control characters", lambda: again)
    yield Hostile("files", "read_media_file", "newlines", lambda: {"path": "/workspace/lines.txt"})
    yield Hostile("files", "write_file", "a seed", lambda: {"path": "/workspace/grown.txt", "content": "x"})
    for number in range(3):
        yield Hostile("files", "edit_file", f"growing {number}", lambda: _replaced("grown.txt", "", "x" * 3_900_000))
    yield Hostile("files", "read_text_file", "a file that grew", lambda: {"path": "/workspace/grown.txt"})
    yield Hostile("files", "get_file_info", "a file that grew", lambda: {"path": "/workspace/grown.txt"})


def _edits() -> Iterator[Hostile]:
    old = "\n".join(f"line {number % 7}" for number in range(20_000))
    new = "\n".join(f"line {number * number % 11}" for number in range(20_000))
    yield Hostile("files", "write_file", "lines alike", lambda: {"path": "/workspace/alike.txt", "content": old})
    yield Hostile("files", "edit_file", "a diff near the bound", lambda: _replaced("alike.txt", old, new, dry=True))
    yield Hostile("files", "edit_file", "newlines", lambda: _replaced("lines.txt", "\n" * 100, "x\n" * 100, dry=True))
    yield Hostile("files", "edit_file", "newlines by lines", lambda: _replaced("lines.txt", " \n \n", "x", dry=True))
    blanks = _replaced("lines.txt", " \n" * 900_000 + "y", "x", dry=True)
    yield Hostile("files", "edit_file", "900,000 lines sought everywhere", lambda: blanks)
    ticks = {"path": "/workspace/ticks.txt", "content": "`" * 3_900_000}
    yield Hostile("files", "write_file", "backticks", lambda: ticks)
    yield Hostile("files", "edit_file", "backticks", lambda: _replaced("ticks.txt", "``", "`", dry=True))
    short = {"path": "/workspace/short.txt", "content": "".join(f"{number}\n" for number in range(560_000))}
    yield Hostile("files", "write_file", "560,000 lines that differ", lambda: short)
    yield Hostile("files", "edit_file", "lines that differ", lambda: _replaced("short.txt", "0\n1\n", "x\n", dry=True))
    yield Hostile("files", "edit_file", "all lines anew", lambda: _replaced("short.txt", "\n1\n", "\r" * 3_900_000))
    many = [{"oldText": "line 1", "newText": "line 2"}] * 60_000
    yield Hostile(
        "files", "edit_file", "60,000 edits", lambda: {"path": "/workspace/alike.txt", "edits": many, "dryRun": True}
    )


def _lists() -> Iterator[Hostile]:
    counts = {"short texts": [""] * 1_300_000, "numbers": [1] * 1_900_000, "different": _different(400_000)}
    for name, items in counts.items():
        yield Hostile("files", "read_multiple_files", name, partial(dict, paths=items))
        sought = {"path": "/workspace", "pattern": "*", "excludePatterns": items}
        yield Hostile("files", "search_files", f"excluding {name}", partial(dict, sought))
        yield Hostile("files", "directory_tree", f"excluding {name}", partial(dict, sought))
    edits = [{"oldText": "", "newText": ""}] * 140_000
    yield Hostile(
        "files", "edit_file", "140,000 empty edits", lambda: {"path": "/workspace/notes/1.txt", "edits": edits}
    )
    globs = {"path": "/workspace", "pattern": "*(*(*(*(a*)*)*)*)b" * 3_000}
    yield Hostile("files", "search_files", "a heavy pattern", lambda: globs)
    braces = {"path": "/workspace", "pattern": "{a,*b}" * 30}
    yield Hostile("files", "search_files", "braces", lambda: braces)
    yield Hostile("files", "directory_tree", "excluding braces", lambda: {**braces, "excludePatterns": ["{a,*c}" * 30]})


def _misfits(server: str, tool: str, argument: str) -> Iterator[Hostile]:
    """Arguments that are refused, at length."""
    shapes: dict[str, Callable[[], Any]] = {
        "1,900,000 numbers": lambda: {argument: [1] * 1_900_000},
        "240,000 lists": lambda: {argument: [[]] * 240_000},
        "300,000 more arguments": lambda: {argument: "x", **{f"a{number}": 0 for number in range(300_000)}},
        "4 MB of text for an object": lambda: "x" * BODY_LETTERS,
        "4 MB of text": lambda: {argument: "\u00e9" * (BODY_LETTERS // 2)},
        "300,000 values": lambda: {argument: {f"a{number}": 0 for number in range(300_000)}},
    }
    for name, arguments in shapes.items():
        yield Hostile(server, tool, name, arguments)
    yield Hostile(server, "no_such_tool", "300,000 arguments", shapes["300,000 more arguments"])


def _asked(server: str, tool: str, argument: str, sql: str) -> Hostile:
    name = sql if len(sql) < 70 else f"{sql[:60]}... ({len(sql):,})"
    return Hostile(server, tool, name, lambda: {argument: sql})


def _replaced(name: str, old: str, new: str, *, dry: bool = False) -> dict[str, Any]:
    return {"path": f"/workspace/{name}", "edits": [{"oldText": old, "newText": new}], "dryRun": dry}


def _columns(count: int) -> str:
    return f"CREATE TABLE wide ({', '.join(f'c{number} TEXT' for number in range(count))})"


def _different(count: int) -> list[str]:
    return [f"n{number}" for number in range(count)]
