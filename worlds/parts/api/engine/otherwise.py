"""Operations that no collection stands behind: answers made from the schema, the same for the same question."""

from collections.abc import Mapping
from typing import Any

from worlds.chance import Chance
from worlds.digest import canonical
from worlds.parts.api.document import Schema
from worlds.parts.api.engine.store import COUNTERS, ORIGIN
from worlds.parts.api.engine.turn import Outcome, Turn, is_absent, schema_of, success_status
from worlds.parts.api.engine.work import Work
from worlds.parts.api.seeding import Seeder


def answer_otherwise(turn: Turn) -> Outcome:
    """A believable answer that fits the operation's schema."""
    status = success_status(turn.operation, "create" if turn.operation.method == "POST" else "read")
    schema = schema_of(turn.document, turn.operation, status)
    if schema is None:
        return Outcome(status)
    asked = {"path": turn.path, "query": turn.query, "body": None if is_absent(turn.body) else turn.body}
    return Outcome(status, believable(turn.work, schema, turn.operation.id, asked))


def believable(work: Work, schema: Schema, name: str, asked: Mapping[str, Any]) -> Any:
    """A value of a schema, drawn by the world and by what was asked; nothing where the schema says nothing."""
    if not schema:
        return {}
    service, origin = work.service, work.store.records.get(COUNTERS, ORIGIN) or {}
    chance, now_ns = Chance(origin.get("seed", 0)), origin.get("now_ns", work.now_ns)
    seeder = Seeder(service.document, service.checker, chance, now_ns, {}, plans=service.plans)
    return seeder.answer(schema, name, canonical(asked).decode())
