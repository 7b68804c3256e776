"""Operations that no collection stands behind: answers made from the schema, the same for the same question."""

from collections.abc import Mapping
from typing import Any, Final

from worlds.chance import Chance
from worlds.clock import parse_time
from worlds.digest import canonical
from worlds.parts.api.document import Schema
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.turn import Outcome, Turn, is_absent, schema_of, success_status
from worlds.parts.api.seeding import Seeder

_CHANCE: Final = Chance(0)
_NOW_NS: Final = parse_time("2026-01-05T09:00:00Z")


def answer_otherwise(turn: Turn) -> Outcome:
    """A believable answer that fits the operation's schema."""
    status = success_status(turn.operation, "create" if turn.operation.method == "POST" else "read")
    schema = schema_of(turn.document, turn.operation, status)
    if schema is None:
        return Outcome(status)
    asked = {"path": turn.path, "query": turn.query, "body": None if is_absent(turn.body) else turn.body}
    return Outcome(status, believable(turn.work.service, schema, turn.operation.id, asked))


def believable(service: Definition, schema: Schema, name: str, asked: Mapping[str, Any]) -> Any:
    """A value of a schema, drawn by what was asked."""
    seeder = Seeder(service.document, service.checker, _CHANCE, _NOW_NS, {}, plans=service.plans)
    return seeder.answer(schema, name, canonical(asked).decode())
