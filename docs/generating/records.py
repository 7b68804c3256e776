"""The pages about what Soundstage tells: trajectories, and the tables that checks can ask."""

from typing import Any, Final

from docs.generating.markdown import code, page, table
from docs.generating.schemas import keys_table, referred
from harness.gateway.exchange import ModelExchange
from harness.judging.judgement import Judgement
from harness.trajectory import Closing, Leaving, Opening, Step, json_schema
from worlds.parts.filesystem.listing import FILES
from worlds.query.types import column_type
from worlds.query.views import views
from worlds.worldfile import library_names, read_world

FILE_COLUMNS: Final = {
    "path": "Absolute path, as agents see it.",
    "kind": "`file`, `dir` or `link`.",
    "mode": "Permission bits in octal.",
    "size": "Bytes.",
    "mtime": "Last change, by the world's clock.",
    "sha": "BLAKE2b-256 of a file's bytes; the same as in diffs.",
    "text": "A file's text, for valid UTF-8 of up to 1 MB.",
    "target": "Where a link points.",
}
DECLARED: Final = (
    "INTEGER", "TEXT", "VARCHAR(80)", "REAL", "NUMERIC(10, 2)", "BOOLEAN", "DATE", "DATETIME", "JSON", "BLOB", "",
)  # fmt: skip
QUERIES: Final = """
SQL checks, `POST /episodes/{id}/query` and `Episode.query` ask one SELECT in DuckDB's dialect over all servers of a
world together: `<server>.<table>` as it is now, `before.<server>.<table>` as it was at the start.

- Queries cannot write, and reach nothing but these tables.
- `now()` and its kin give the world's time.
- A value that does not fit its column's type reads as NULL; the column `<name>__raw` gives its text. SQLite lets
  columns hold anything, so this happens.
- When an agent drops a table or a column, a check that asks for it fails; it is not an error of the check.
"""


def trajectory() -> str:
    """The page about trajectory files."""
    schema = json_schema()
    found = schema["$defs"]
    records = {
        "The first record": Opening, "One record for each call": Step,
        "When the agent has left": Leaving, "The last record": Closing,
    }  # fmt: skip
    named = [model.__name__ for model in records.values()]
    rest = [name for name in referred(schema) if name not in named]
    return page(
        "# Trajectory",
        "`runs/RUN/episodes/SCENARIO-TRIAL.jsonl`: one JSON object a line, each written before its answer leaves, so "
        "that a killed run loses nothing. `soundstage schema --of trajectory` prints the JSON schema of a line.",
        *(page(f"## {title}", _described(found[model.__name__], found)) for title, model in records.items()),
        "## Parts of records",
        *(page(f"### {name}", _described(found[name], found)) for name in rest),
        "## Exchanges with the agent's model",
        "`runs/RUN/episodes/SCENARIO-TRIAL.model.jsonl`, with `--gateway`:",
        _described(ModelExchange.model_json_schema(), {}),
        "## Exchanges with the judge",
        "`runs/RUN/episodes/SCENARIO-TRIAL.judge.jsonl`, where a judge was asked:",
        _described(Judgement.model_json_schema(), {}),
    )


def tables() -> str:
    """The page about what checks can ask."""
    columns = [[code(column.name), column.type, FILE_COLUMNS[column.name]] for column in FILES.columns]
    types = [[code(name) if name else "nothing", column_type(name, "sqlite")] for name in DECLARED]
    return page(
        "# Tables for checks", QUERIES,
        "## Files", "Every server of kind `filesystem` shows one table, `files`:",
        table(["column", "type", "holds"], columns),
        "## Databases", "Every table and view of a database is there under its own name. DuckDB's types are kept. "
        "What a SQLite column is declared as decides its type:",
        table(["declared as, for example", "type"], types),
        *(_library(name) for name in library_names()),
    )  # fmt: skip


def _described(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    told = " ".join(schema.get("description", "").split())
    return page(told, keys_table(schema, definitions, defaults=False))


def _library(name: str) -> str:
    """The tables of a built-in world."""
    world = read_world(name).build()
    try:
        rows = [
            [code(f"{server}.{relation.name}"), ", ".join(f"{c.name} {c.type.lower()}" for c in relation.columns)]
            for server, relations in views(world).relations().items()
            for relation in relations
        ]
    finally:
        world.close()
    return page(f"## The world {code(name)}", table(["table", "columns"], rows))
