"""Look at the world with a SELECT over all servers, as it is now and, below `before`, as it was at the start."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pydantic import Field

from harness.check import Evidence, Ungradable, check_kinds
from worlds.expectation import Found, Judgement, Required, judge
from worlds.part import Settings
from worlds.query.errors import QueryFailed, QueryLimit, SchemaGone
from worlds.query.views import Answer, servers_named, views

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
        return judge(settings, _found(settings, evidence, _answers([settings], evidence)[0]))

    def judge_all(self, settings: Sequence[SqlCheck], evidence: Evidence) -> list[Judgement | Ungradable]:
        """The same for several, which are asked at once."""
        found: list[Judgement | Ungradable] = []
        for each, answer in zip(settings, _answers(settings, evidence), strict=True):
            try:
                found.append(judge(each, _found(each, evidence, answer)))
            except Ungradable as error:
                found.append(error)
        return found

    def relevance(self, settings: SqlCheck) -> Callable[[str], bool] | None:
        """Changes on the servers that the query names; all where that cannot be told."""
        try:
            servers = servers_named(settings.sql)
        except QueryFailed:
            return None
        starts = tuple(f"{server}{joint}" for server in servers for joint in ".:")
        return lambda path: path.lower().startswith(starts)


def _answers(settings: Sequence[SqlCheck], evidence: Evidence) -> list[Answer | QueryFailed]:
    return views(evidence.final, evidence.first).query_all([(each.sql, each.parameters) for each in settings])


def _found(settings: SqlCheck, evidence: Evidence, answer: Answer | QueryFailed) -> Found:
    """What an answer, or what became of it, means for a check. Raises Ungradable."""
    if isinstance(answer, Answer):
        value = answer.rows[0][0] if answer.rows and answer.rows[0] else None
        return Found(value, answer.columns, answer.rows, "" if answer.rows else "no row")
    harmless = isinstance(answer, SchemaGone) or answer.kind in _VALUE_ERRORS
    if harmless or (isinstance(answer, QueryLimit) and _was_cheap(settings, evidence)):
        return Found(note=f"nothing: {answer.message}")
    raise Ungradable(answer.message, hint=answer.hint)


def _was_cheap(settings: SqlCheck, evidence: Evidence) -> bool:
    """Whether the same query was answered at the start: then it is the agent that made the world too much for it."""
    if evidence.final is evidence.first:
        return False
    try:
        views(evidence.first).query(settings.sql, settings.parameters)
    except QueryFailed:
        return False
    return True
