"""What agents asked and were told, what owners did, and what changed: the ledger, in pages and live."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

import anyio
import orjson
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from sandbox_server.admin.control import Control
from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.admin.problem import Refused
from sandbox_server.admin.resources.diff import ChangeInfo
from sandbox_server.admin.shown import json_value
from sandbox_server.episode import Episode
from sandbox_server.ledger import Entry

EVENTS = "text/event-stream"
HEARTBEAT_S = 15.0
BATCH_MAX = 256


class LedgerQuery(Model):
    """Which entries to show."""

    after: int = Field(0, ge=0, description="Show entries after this number; the cursor of the next page.")
    limit: int = Field(100, ge=1, le=10_000, description="How many entries to answer at most.")


class LedgerEntry(Model):
    """One entry. Credentials are masked."""

    number: int = Field(description="Position in the ledger, from 1.")
    kind: Literal["call", "request", "act"] = Field(description="A tool call, another request, or an owner's act.")
    actor: str = Field(description="Who asked.")
    server: str = Field(description="Which server was asked.")
    tool: str = Field(description="The tool, the method or the act.")
    arguments: Any = Field(description="With what.")
    arrival: int = Field(description="Arrival order among the calls.")
    effect: int = Field(description="The step that it made, or 0.")
    told: Any = Field(description="What was answered: `result` or `error`.")
    truth: str = Field(description="Whether the answer was true: same, computed, or not computed and why.")
    true_reply: Any = Field(description="What would have been answered, where that differs.")
    rules: list[Any] = Field(description="Fault rules that had a say.")
    changes: list[ChangeInfo] = Field(description="What really changed, and by whom.")
    digest_before: str = Field(description="Hash of the world before.")
    digest_after: str = Field(description="Hash of the world after.")
    arrived: str = Field(description="World time of the arrival.")
    told_at: str = Field(description="World time of the answer.")
    real_ms: float = Field(description="Real milliseconds in between.")
    version: str = Field(description="Protocol version of the call.")
    delivered: str = Field(description="How the answer travelled.")
    notes: dict[str, Any] = Field(description="What else is worth knowing.")


class LedgerPage(Model):
    """A page of the ledger."""

    entries: list[LedgerEntry] = Field(description="In the order of writing.")
    next: int | None = Field(description="What to give as `after` for the next page; null at the end.")
    total: int = Field(description="How many entries there are by now.")
    last_id: str = Field(description="What to give as `Last-Event-ID` to see only what comes from now on.")


def ledger_entry(episode: Episode, entry: Entry) -> LedgerEntry:
    """An entry as it is shown."""
    return LedgerEntry(**json_value(episode.ledger.shown(entry)))


@operation(
    "GET", "/episodes/{id}/ledger", answer=LedgerPage, query=LedgerQuery, refusals=(404,),
    media={EVENTS: "Entries as they are written, as events `entry` whose ids end in entry numbers; `Last-Event-ID` "
                   "resumes (from the beginning after a restart of the stage), and `end` says that it is over."},
)  # fmt: skip
async def get_ledger(asked: Asked) -> LedgerPage | Response:
    """Show the ledger in pages, or live as server-sent events."""
    episode = asked.episode
    if asked.accepts(EVENTS):
        events = _events(asked.control, episode, _resume_point(asked))
        return StreamingResponse(events, media_type=EVENTS, headers={"cache-control": "no-store"})
    after, limit = asked.query.after, asked.query.limit
    entries, total = episode.ledger.entries[after : after + limit], len(episode.ledger.entries)
    following = after + limit if after + limit < total else None
    return LedgerPage(
        entries=[ledger_entry(episode, entry) for entry in entries],
        next=following,
        total=total,
        last_id=f"{asked.control.instance}.{total}",
    )


def _resume_point(asked: Asked) -> int:
    given = asked.request.headers.get("last-event-id", "")
    if not given:
        return int(asked.query.after)
    instance, dot, number = given.rpartition(".")
    if not number.isdecimal():
        raise Refused(f"Last-Event-ID: {given!r} is not an event's id", status=422, code="invalid")
    return int(number) if not dot or instance == asked.control.instance else 0


async def _events(control: Control, episode: Episode, after: int) -> AsyncIterator[bytes]:
    """Entries after a number as they come; wakes at each entry, and at least at every heartbeat."""
    news = anyio.Event()

    def wake(_: Entry) -> None:
        news.set()

    episode.ledger.watchers.add(wake)
    control.metrics.followers += 1
    try:
        yield b": listening\n\n"
        while not control.stopping.is_set():
            news = anyio.Event()
            entries = episode.ledger.entries[after : after + BATCH_MAX]
            after += len(entries)
            if entries:
                yield _event_bytes(control, episode, entries)
            elif control.stage.episodes.get(episode.id) is not episode:
                break
            elif not await _wait(news, control.stopping):
                yield b": still here\n\n"
        yield b"event: end\ndata: {}\n\n"
    finally:
        episode.ledger.watchers.discard(wake)
        control.metrics.followers -= 1


def _event_bytes(control: Control, episode: Episode, entries: Sequence[Entry]) -> bytes:
    events = []
    for entry in entries:
        shown = orjson.dumps(ledger_entry(episode, entry).model_dump())
        events.append(f"id: {control.instance}.{entry.number}\nevent: entry\ndata: ".encode() + shown + b"\n\n")
    return b"".join(events)


async def _wait(news: anyio.Event, stopping: anyio.Event) -> bool:
    """Wait for either event; False after a heartbeat's time."""
    with anyio.move_on_after(HEARTBEAT_S) as scope:
        async with anyio.create_task_group() as group:
            for event in (news, stopping):
                group.start_soon(_first, event, group.cancel_scope)
    return not scope.cancelled_caught


async def _first(event: anyio.Event, scope: anyio.CancelScope) -> None:
    await event.wait()
    scope.cancel()
