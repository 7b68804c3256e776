"""Decides which of an agent's statements reach the engine, by the engine's own parse; what is not known is refused.

The locked engine already refuses files, the network, extensions and settings. The gate adds what that lock leaves
open: other databases, secrets, checkpoints, statements hidden in strings, macros that pose as built-in functions.
Refusals use the words of a DuckDB whose owner locked it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from worlds.parts.sql.duckdb.messages import Failure, Table
from worlds.parts.sql.duckdb.process.instance import CLOCK
from worlds.parts.sql.duckdb.process.words import Word, read_words

Verdict = Failure | Table | None
"""A refusal, a pretended answer, or leave to run."""

_Type = duckdb.StatementType
_PLAIN: Final = {
    _Type.SELECT, _Type.INSERT, _Type.UPDATE, _Type.DELETE, _Type.MERGE_INTO, _Type.DROP, _Type.ALTER, _Type.EXECUTE,
    _Type.TRANSACTION, _Type.VACUUM, _Type.ANALYZE, _Type.SET, _Type.VARIABLE_SET, _Type.MULTI,
}  # fmt: skip
_HEADS: Final = {
    "select", "with", "from", "values", "table", "insert", "update", "delete", "merge", "pivot", "unpivot", "describe",
    "desc", "show", "summarize", "drop", "truncate", "alter",
}  # fmt: skip
"""How a statement may begin inside EXPLAIN and PREPARE."""
_PRAGMAS: Final = {
    "table_info", "storage_info", "show", "show_tables", "show_tables_expanded", "show_databases", "database_list",
    "database_size", "version", "platform", "user_agent", "functions", "collations", "metadata_info",
    "extension_versions",
}  # fmt: skip
_CALLABLE: Final = re.compile(r"(pragma|duckdb)_\w+|range|generate_series|unnest|icu_calendar_names|pg_timezone_names")
_FORBIDDEN: Final = re.compile(
    r"(force_)?checkpoint|copy_database|import_database|json_execute_serialized_sql|(enable|disable)_\w+|verify_\w+"
    r"|(create|destroy|register|deregister)_external_resource\w*|truncate_duckdb_logs|write_log|python_\w+|arrow_scan\w*"
    r"|pandas_scan|add_parquet_key"
)
_SIZED: Final = {"repeat": 1 << 25, "lpad": 1 << 25, "rpad": 1 << 25, "range": 10**9, "generate_series": 10**9}
_DONE: Final = Table(("Success",), ("BOOLEAN",))
_NESTING_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate of one database; `builtin` holds the engine's functions, `alias` is the database's name."""

    alias: str
    builtin: frozenset[str]
    parse: Callable[[str], Sequence[duckdb.Statement]]

    def judge(self, statement: duckdb.Statement, depth: int = 0) -> Verdict:
        """What becomes of one statement."""
        words = read_words(statement.query)
        kind = statement.type
        if kind == _Type.CALL and any(word.name == "checkpoint" for word in words[:2]):
            return _DONE
        special = _SPECIAL.get(kind)
        verdict = special(self, words) if special else None if kind in _PLAIN else _unknown(words)
        return verdict or self._inside(words, depth)

    def _inside(self, words: Sequence[Word], depth: int) -> Verdict:
        """What may stand anywhere in a statement."""
        if any(CLOCK in (word.name, word.string) for word in words):
            return Failure("BinderException", "Binder Error: Unknown variable")
        for at, word in enumerate(words):
            after = words[at + 1].text if at + 1 < len(words) else ""
            if word.name == "copy" and at and words[at - 1].text == "(" and after not in (")", ",", "."):
                return _no_file(words[at:])
            if word.name and after == "(":
                verdict = self._call(word, words[at + 2 : _closing(words, at + 1)], depth)
                if verdict:
                    return verdict
        return None

    def _call(self, word: Word, arguments: Sequence[Word], depth: int) -> Verdict:
        """What becomes of a call of a function with these words as arguments."""
        if _FORBIDDEN.fullmatch(word.name):
            return _disabled(f'Function "{word.name}"')
        if word.name == "query":
            return self._hidden(arguments, depth)
        limit = _SIZED.get(word.name)
        if limit and any(w.kind == "number" and _whole(w.text) > limit for w in arguments):
            return Failure("OutOfMemoryException", "Out of Memory Error: failed to allocate data of size 16.0 GiB")
        return None

    def _hidden(self, arguments: Sequence[Word], depth: int) -> Verdict:
        """A query in a string: only a plain string can be read."""
        if len(arguments) != 1 or not arguments[0].text.startswith("'") or depth >= _NESTING_MAX:
            return _disabled('Function "query"')
        try:
            inner = self.parse(arguments[0].string)
            return next((verdict for each in inner if (verdict := self.judge(each, depth + 1))), None)
        except duckdb.Error:
            return None
        except ValueError:
            return _disabled('Function "query"')

    def create(self, words: Sequence[Word]) -> Verdict:
        """CREATE: no secrets, no macros over built-in functions, no schemas within schemas."""
        what = next((w.name for w in words[1:] if w.name in _CREATED), "")
        if what == "secret":
            return _disabled("Creating secrets")
        name = _qualified(words, what)
        if what in ("macro", "function") and (not name or name[-1] in self.builtin):
            return Failure(
                "CatalogException", f'Catalog Error: Macro Function with name "{"".join(name[-1:])}" already exists!'
            )
        if what == "schema" and len(name) > 1 and name[0] != self.alias.lower():
            return Failure("CatalogException", f'Catalog Error: Catalog "{name[0]}" does not exist!')
        return None

    def drop(self, words: Sequence[Word]) -> Verdict:
        """DROP: no secrets, and not the macros that stand for the clock."""
        what = next((w.name for w in words[1:] if w.name in _CREATED), "")
        if what == "secret":
            return _disabled("Dropping secrets")
        name = _qualified(words, what)
        if what in ("macro", "function") and (not name or name[-1] in self.builtin):
            return Failure(
                "CatalogException", f'Catalog Error: Cannot drop internal catalog entry "{"".join(name[-1:])}"!'
            )
        return None

    def within(self, words: Sequence[Word]) -> Verdict:
        """EXPLAIN and PREPARE: what they hold must begin like a statement that may run."""
        inner = _inner(words)
        head = next((word for word in inner if word.text != "("), None)
        if head is None or head.name in _HEADS:
            return None
        if head.name == "create":
            return self.create([word for word in inner if word.text != "("])
        if head.name == "copy":
            return _no_file(inner)
        return Failure("ParserException", f'Parser Error: syntax error at or near "{head.text}"')


def _inner(words: Sequence[Word]) -> Sequence[Word]:
    """The statement inside EXPLAIN [ANALYZE] [(options)] or PREPARE name [(types)] AS."""
    if words[0].name == "prepare":
        at = next((n for n, word in enumerate(words) if word.name == "as"), len(words))
        return words[at + 1 :]
    at = 1
    while at < len(words) and words[at].name in ("analyze", "analyse", "verbose"):
        at += 1
    options = at < len(words) and words[at].text == "(" and at + 1 < len(words) and words[at + 1].name not in _HEADS
    return words[_closing(words, at) + 1 :] if options else words[at:]


_CREATED: Final = {
    "secret", "macro", "function", "schema", "table", "view", "index", "sequence", "type", "trigger",
}  # fmt: skip


def _qualified(words: Sequence[Word], what: str) -> list[str]:
    """The name that follows a word such as MACRO or SCHEMA, as its parts in lower case."""
    at = next((n for n, word in enumerate(words) if word.name == what), len(words)) + 1
    while at < len(words) and words[at].name in ("if", "not", "exists"):
        at += 1
    parts: list[str] = []
    while at < len(words) and words[at].name:
        parts.append(words[at].name)
        if at + 1 >= len(words) or words[at + 1].text != ".":
            break
        at += 2
    return parts


def _pragma(_: Gate, words: Sequence[Word]) -> Verdict:
    name = words[1].name if len(words) > 1 else ""
    if name in _PRAGMAS and words[0].name == "pragma":
        return None
    if words[0].name != "pragma":
        return _no_file(words)
    return Failure(
        "InvalidInputException",
        f'Invalid Input Error: Cannot change configuration option ""{name}"" - the configuration has been locked',
    )


def _called(_: Gate, words: Sequence[Word]) -> Verdict:
    name = words[1].name if len(words) > 1 else ""
    return None if _CALLABLE.fullmatch(name) else _disabled(f'Function "{name}"')


def _load(_: Gate, words: Sequence[Word]) -> Verdict:
    names = [word.name or word.string for word in words]
    if names[0] == "load" and names[-1] in ("json", "parquet", "icu", "core_functions"):
        return None
    return _disabled("Loading external extensions" if names[0] == "load" else "Installing external extensions")


def _detach(gate: Gate, words: Sequence[Word]) -> Verdict:
    name = next((word.name for word in reversed(words) if word.name), "")
    if name == gate.alias.lower():
        return Failure(
            "BinderException",
            f'Binder Error: Cannot detach database "{gate.alias}" because it is the default database. Select a '
            "different database using `USE` to allow detaching this database",
        )
    return Failure("BinderException", f'Binder Error: Failed to detach database with name "{name}": database not found')


def _file(_: Gate, words: Sequence[Word]) -> Verdict:
    return _no_file(words)


_SPECIAL: Final[dict[object, Callable[[Gate, Sequence[Word]], Verdict]]] = {
    _Type.CREATE: Gate.create,
    _Type.CREATE_FUNC: Gate.create,
    _Type.DROP: Gate.drop,
    _Type.EXPLAIN: Gate.within,
    _Type.PREPARE: Gate.within,
    _Type.PRAGMA: _pragma,
    _Type.CALL: _called,
    _Type.LOAD: _load,
    _Type.EXTENSION: _load,
    _Type.DETACH: _detach,
    _Type.COPY: _file,
    _Type.COPY_DATABASE: _file,
    _Type.EXPORT: _file,
    _Type.ATTACH: _file,
}


def refuse_unparsed(sql: str) -> Failure:
    """The answer to statements of kinds that the parser knows and this version's interface does not name."""
    words = read_words(sql)
    return _unknown(words)


def _unknown(words: Sequence[Word]) -> Failure:
    head = words[0].text.upper() if words else "statement"
    return _disabled(head)


def _no_file(words: Sequence[Word]) -> Failure:
    """The engine's refusal of a file: the last string that a statement names, or what stands for it."""
    named = [word.string for word in words if word.kind == "string"]
    return Failure(
        "PermissionException",
        f'Permission Error: Cannot access file "{named[0] if named else ""}" - '
        "file system operations are disabled by configuration",
    )


def _disabled(what: str) -> Failure:
    return Failure("PermissionException", f"Permission Error: {what} is disabled through configuration")


def _closing(words: Sequence[Word], at: int) -> int:
    """Where the parenthesis that opens at `at` closes."""
    depth = 0
    for place in range(at, len(words)):
        depth += (words[place].text == "(") - (words[place].text == ")")
        if depth <= 0:
            return place
    return len(words)


def _whole(text: str) -> int:
    try:
        return int(float(text.replace("_", "")))
    except (ValueError, OverflowError):
        return 0
