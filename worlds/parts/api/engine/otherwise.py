"""Operations that no collection stands behind: answers made from the schema, the same for the same question."""

from worlds.parts.api.engine.filling import neutral
from worlds.parts.api.engine.turn import Outcome, Turn, schema_of, success_status


def answer_otherwise(turn: Turn) -> Outcome:
    """An answer that fits the operation's schema."""
    status = success_status(turn.operation, "create" if turn.operation.method == "POST" else "read")
    schema = schema_of(turn.document, turn.operation, status)
    return Outcome(status) if schema is None else Outcome(status, neutral(turn.document, schema))
