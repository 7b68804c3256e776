"""What differs between two states of an episode."""

from typing import Any, Literal

from anyio.to_thread import run_sync
from pydantic import ConfigDict, Field

from sandbox_server.admin.control import kept_world
from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.admin.shown import json_value
from worlds.changes import Change
from worlds.world import World


class DiffQuery(Model):
    """Between which states, and how many changes to show."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    since: str = Field("first", alias="from", description="`first`, a step's number or a snapshot's id.")
    to: str = Field("now", description="`now`, a step's number or a snapshot's id.")
    limit: int = Field(1_000, ge=1, le=100_000, description="How many changes to answer at most.")


class ChangeInfo(Model):
    """One thing that differs."""

    path: str = Field(description="What: `shop.orders[7]`, `files:/workspace/a.txt`.")
    kind: Literal["added", "changed", "removed"] = Field(description="How it differs.")
    before: Any = Field(description="As it was; null where it was not there.")
    after: Any = Field(description="As it is; null where it is not there.")
    actors: list[str] = Field(description="Who touched it, in the order of their first touch.")


class Diff(Model):
    """The net changes between two states, in path order."""

    total: int = Field(description="How many changes there are.")
    changes: list[ChangeInfo] = Field(description="The first of them, up to the limit.")


def change_info(change: Change) -> ChangeInfo:
    """A change as it is shown."""
    shown = {**change.to_json(), "before": json_value(change.before), "after": json_value(change.after)}
    return ChangeInfo(**shown)


@operation("GET", "/episodes/{id}/diff", answer=Diff, query=DiffQuery, refusals=(404,))
async def diff_episode(asked: Asked) -> Diff:
    """Tell what differs between two states; by default between the first one and now."""
    episode, wanted = asked.episode, asked.query
    older, newer = kept_world(episode, wanted.since).fork(), kept_world(episode, wanted.to).fork()
    return await run_sync(_diff, newer, older, wanted.limit)


def _diff(newer: World, older: World, limit: int) -> Diff:
    changes = newer.diff(older)
    return Diff(total=len(changes), changes=[change_info(change) for change in changes[:limit]])
