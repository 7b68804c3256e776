"""Look at the world with a SELECT over all servers, as it is now and, below `before`, as it was at the start."""

from collections.abc import Callable
from typing import Any, ClassVar

from pydantic import Field

from harness.check import Evidence, Ungradable, check_kinds
from harness.expectation import Found, Judgement, Required, judge
from worlds.part import Settings
from worlds.query import QueryFailed, QueryLimit, SchemaGone, servers_named, views

_VALUE_ERRORS = ("Conversion", "Invalid Input", "Out of Range")


class SqlCheck(Required):
    """A query and what it must answer; `is` and its kin look at the first column of the first row."""

    sql: str = Field(description="One SELECT in DuckDB's dialect; `soundstage schema WORLD` lists its tables.")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Values for `$name` in the query; `${param}` in it is such a value, too."
    )


@check_kinds.register("sql")
class Sql:
    """Answers queries on snapshots."""

    Settings: ClassVar[type[Settings]] = SqlCheck

    def judge(self, settings: SqlCheck, evidence: Evidence) -> Judgement:
        """Ask the final world; the first one is its `before`."""
        return judge(settings, _found(settings, evidence))

    def relevance(self, settings: SqlCheck) -> Callable[[str], bool] | None:
        """Changes on the servers that the query names; all where that cannot be told."""
        try:
            servers = servers_named(settings.sql)
        except QueryFailed:
            return None
        starts = tuple(f"{server}{joint}" for server in servers for joint in ".:")
        return lambda path: path.lower().startswith(starts)


def _found(settings: SqlCheck, evidence: Evidence) -> Found:
    try:
        answer = views(evidence.final, evidence.first).query(settings.sql, settings.parameters)
    except SchemaGone as error:
        return Found(note=f"nothing: {error.message}")
    except QueryLimit as error:
        if _was_cheap(settings, evidence):  # what the agent made of the world is too much to be looked at
            return Found(note=f"nothing: {error.message}")
        raise Ungradable(error.message, hint=error.hint) from None
    except QueryFailed as error:
        if error.kind in _VALUE_ERRORS:
            return Found(note=f"nothing: {error.message}")
        raise Ungradable(error.message, hint=error.hint) from None
    value = answer.rows[0][0] if answer.rows and answer.rows[0] else None
    return Found(value, answer.columns, answer.rows, "" if answer.rows else "no row")


def _was_cheap(settings: SqlCheck, evidence: Evidence) -> bool:
    """Whether the same query was answered at the start."""
    if evidence.final is evidence.first:
        return False
    try:
        views(evidence.first).query(settings.sql, settings.parameters)
    except QueryFailed:
        return False
    return True
