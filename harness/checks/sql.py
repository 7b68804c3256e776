"""Look at the world with a SELECT over all servers, as it is now and, below `before`, as it was at the start."""

from typing import Any, ClassVar

from pydantic import Field

from harness.check import Evidence, Ungradable, check_kinds
from harness.expectation import Found, Judgement, Required, judge
from worlds.part import Settings
from worlds.query import QueryFailed, QueryLimit, SchemaGone, views

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


def _found(settings: SqlCheck, evidence: Evidence) -> Found:
    try:
        answer = views(evidence.final, evidence.first).query(settings.sql, settings.parameters)
    except SchemaGone as error:
        return Found(note=f"nothing: {error.message}")
    except QueryLimit as error:
        raise Ungradable(error.message, hint=error.hint) from None
    except QueryFailed as error:
        if error.kind in _VALUE_ERRORS:
            return Found(note=f"nothing: {error.message}")
        raise Ungradable(error.message, hint=error.hint) from None
    value = answer.rows[0][0] if answer.rows and answer.rows[0] else None
    return Found(value, answer.columns, answer.rows, "" if answer.rows else "no row")
