"""Read-only SQL over everything that an episode's world holds."""

from typing import Any

from anyio.to_thread import run_sync
from pydantic import Field

from sandbox_server.admin.control import kept_world
from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.admin.shown import json_value
from worlds.query.views import Answer, views

ROWS_MAX = 10_000


class Query(Model):
    """One SELECT in DuckDB's dialect."""

    sql: str = Field(
        max_length=100_000,
        description="Tables are `<server>.<table>` (files: `<server>.files`), and `before.<server>.<table>` at first.",
    )
    params: list[Any] | dict[str, Any] = Field(
        default_factory=list, description="Values for `?` or `$1` (a list) or `$name` (an object)."
    )
    at: int | str | None = Field(None, description="A past step's number or a snapshot's id; default: now.")
    rows_max: int = Field(1_000, ge=1, le=ROWS_MAX, description="How many rows to answer at most.")
    wait_s: float = Field(10, gt=0, le=60, description="After how many seconds to give up.")


class ResultColumn(Model):
    """One column of an answer."""

    name: str = Field(description="Its name.")
    type: str = Field(description="Its type in DuckDB's words.")


class QueryAnswer(Model):
    """What a query answered."""

    columns: list[ResultColumn] = Field(description="The columns in order.")
    rows: list[list[Any]] = Field(description="Rows of values in column order.")
    cut: bool = Field(description="Whether there were more rows.")


def query_answer(answer: Answer) -> QueryAnswer:
    """An answer as it is shown."""
    columns = [ResultColumn(name=name, type=type) for name, type in zip(answer.columns, answer.types, strict=True)]
    return QueryAnswer(columns=columns, rows=[list(map(json_value, row)) for row in answer.rows], cut=answer.cut)


@operation("POST", "/episodes/{id}/query", answer=QueryAnswer, body=Query, refusals=(404,))
async def query_episode(asked: Asked) -> QueryAnswer:
    """Answer read-only SQL over everything that the world holds, beside what it held at first."""
    episode, wanted = asked.episode, asked.body
    moment = None if wanted.at is None else str(wanted.at)
    world, before = kept_world(episode, moment).fork(), episode.first.fork()

    def answer() -> QueryAnswer:
        look = views(world, before)
        found = look.query(wanted.sql, wanted.params, rows_max=wanted.rows_max, wait_s=wanted.wait_s)
        return query_answer(found)

    return await run_sync(answer)
