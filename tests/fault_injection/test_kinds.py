"""What holds for every registered fault and trigger, and for every text that they can produce."""

import inspect
import json
import re
from typing import Any, Final

import jsonschema_rs
import pytest

from fault_injection.delivery import Chunk, Delivery
from fault_injection.fault import (
    Acting,
    Delivering,
    Fault,
    Listing,
    Refusing,
    Rewriting,
    Saying,
    Starting,
    Waiting,
    faults,
)
from fault_injection.scene import Scene
from fault_injection.trigger import triggers
from tests.fault_injection.rules import BEGAN_NS, Run, asked, engine, profile
from worlds.chance import Chance

TELLING: Final = re.compile(r"mock|fake|simulat|sandbox|inject|chaos|soundstage|synthetic|\bfault", re.IGNORECASE)
GIVEN: Final[dict[str, dict[str, Any]]] = {
    "latency": {"lognormal": {"median": "100ms", "p95": "1s"}},
    "interruption": {"event": {"do": "append", "with": {"path": "a.txt", "text": "late"}}},
    "list_changed": {"vanishes": False, "name": "other", "description": "Reads."},
}
"""Settings of kinds that need some."""
BASES: Final = (Saying, Refusing, Rewriting, Delivering, Acting, Waiting, Starting, Listing)
KINDS: Final = [(name, kind.model_validate(GIVEN.get(name, {}))) for name, kind in faults]
ROWS: Final = [{"id": n, "name": f"n{n}", "cents": 100 * n, "note": None} for n in range(1, 6)]
RESULTS: Final[list[dict[str, Any]]] = [
    {"content": [{"type": "text", "text": text}], "structuredContent": {"result": text}}
    for text in (json.dumps(ROWS), str(ROWS), json.dumps({"ok": True, "rows": ROWS}, indent=2), "one\ntwo\nthree", "x")
]
HTTP: Final = Delivery(
    (Chunk(b'{"jsonrpc":"2.0","id":7,"result":{"content":[]}}'),), 200, ((b"content-type", b"application/json"),)
)
SSE: Final = Delivery(
    (Chunk(b'event: message\ndata: {"jsonrpc":"2.0","id":7,"result":{}}\n\n'),), 200,
    ((b"content-type", b"text/event-stream"), (b"transfer-encoding", b"chunked")),
)  # fmt: skip
LINE: Final = Delivery((Chunk(b'{"jsonrpc":"2.0","id":7,"result":{}}\n'),))


def scene(kind: Fault, seed: int = 7, attempt: int = 1) -> Scene:
    rule = {"name": "r", "fault": kind.kind, "with": GIVEN.get(kind.kind, {})}
    transport = min(kind.transports)
    run = Run(engine(profile(rule), seed=seed))
    for _ in range(attempt - 1):
        run.call(transport=transport, is_start=kind.of_starts)
    decision = run.call(transport=transport, is_start=kind.of_starts)
    (verdict,) = decision.fired
    return decision.scene(verdict, BEGAN_NS + 5_000_000, 7)


def told(kind: Fault, at: Scene) -> list[Any]:
    """All that a fault can tell in a scene."""
    if isinstance(kind, Saying):
        return [kind.say(at)]
    if isinstance(kind, Refusing):
        return [kind.refuse(at)]
    if isinstance(kind, Rewriting):
        return [kind.rewrite(result, at) for result in RESULTS]
    if isinstance(kind, Delivering):
        return [kind.deliver(each, at) for each in (HTTP, SSE, LINE)] + [kind.told(at)]
    if isinstance(kind, Starting):
        return [kind.late_ms(at)]
    if isinstance(kind, Listing):
        return [kind.listed({"name": "read", "description": "Reads a text.", "inputSchema": {"type": "object"}})]
    return [kind.wait_ms(at)] if isinstance(kind, Waiting) else []


@pytest.mark.parametrize(("name", "kind"), KINDS, ids=[name for name, _ in KINDS])
class TestEveryKind:
    def test_it_is_one_file_with_a_sentence_and_a_recovery(self, name: str, kind: Fault) -> None:
        module = inspect.getmodule(type(kind))
        bases = [base for base in BASES if isinstance(kind, base)]

        assert module is not None and module.__name__ == f"fault_injection.faults.{name}"
        assert kind.description().endswith(".") and kind.recovery.endswith(".")
        assert module.__doc__ == kind.description()
        assert len(bases) == 1 and kind.phases and kind.transports

    def test_its_settings_are_described_closed_and_survive_json(self, name: str, kind: Fault) -> None:
        schema = type(kind).model_json_schema()
        written = json.loads(kind.model_dump_json(by_alias=True, exclude_unset=True))

        jsonschema_rs.validator_for(schema).validate(GIVEN.get(name, {}))
        assert schema["additionalProperties"] is False
        assert all(field.get("description") for field in schema.get("properties", {}).values())
        assert type(kind).model_validate(written) == kind

    def test_the_same_seed_gives_the_same_and_another_draw_moves_nothing_else(self, name: str, kind: Fault) -> None:
        assert told(kind, scene(kind)) == told(kind, scene(kind))
        assert len({repr(told(kind, scene(kind, seed))) for seed in range(12)}) >= 1

    def test_nothing_that_it_tells_gives_it_away(self, name: str, kind: Fault) -> None:
        for seed in range(4):
            for each in told(kind, scene(kind, seed)):
                if not isinstance(each, dict) or "fault" not in each:
                    assert not TELLING.search(repr(each)), each

    def test_a_rule_with_it_goes_through_a_file_and_back(self, name: str, kind: Fault) -> None:
        rule = {"name": "r", "fault": name, "with": GIVEN.get(name, {}), "probability": 0.5}
        made = profile(rule)

        assert profile(*made.to_json()["rules"]) == made


@pytest.mark.parametrize("name", triggers.names())
def test_every_trigger_is_one_file_with_described_settings(name: str) -> None:
    kind = triggers.get(name)
    schema = kind.model_json_schema()

    assert kind.__module__ == f"fault_injection.triggers.{name}" and kind.kind == name
    assert (kind.__doc__ or "").partition("\n")[0].endswith(".")
    assert all(field.get("description") for field in schema["properties"].values())
    assert not kind.short or kind.short in schema["properties"]


def test_content_changes_in_the_text_and_in_the_structure_alike() -> None:
    for name, kind in KINDS:
        if not isinstance(kind, Rewriting) or name in ("structured_mismatch", "invalid_result"):
            continue
        changed = [kind.rewrite(result, scene(kind)) for result in RESULTS]
        assert any(changed), name
        for result in changed:
            if result is not None:
                assert result["content"][0]["text"] == result["structuredContent"]["result"], name


def test_what_failed_already_is_not_made_up_again() -> None:
    failed = {"content": [{"type": "text", "text": json.dumps(ROWS)}], "isError": True}
    kinds = [kind for name, kind in KINDS if isinstance(kind, Rewriting) and name != "invalid_result"]

    assert [kind.rewrite(failed, scene(kind)) for kind in kinds] == [None] * len(kinds)


def rewritten(name: str, **settings: Any) -> Any:
    """The rows that one kind makes of five rows."""
    kind = faults.get(name).model_validate(settings)
    assert isinstance(kind, Rewriting)
    result = kind.rewrite(RESULTS[0], scene(kind))
    assert result is not None
    return json.loads(result["content"][0]["text"])


def test_records_are_changed_as_the_kinds_say() -> None:
    renamed = rewritten("schema_drift", field="cents")
    shifted = rewritten("unit_shift", field="cents")
    crossed = rewritten("wrong_neighbour", field="cents")

    assert [list(row) for row in renamed] == [["id", "name", "cents_value", "note"]] * 5
    assert rewritten("schema_drift", field="cents", how="retype")[0]["cents"] == "100"
    assert rewritten("schema_drift", field="cents", how="nest")[0]["cents"] == {"value": 100}
    assert "cents" not in rewritten("schema_drift", field="cents", how="drop")[0]
    assert [row["cents"] for row in shifted] == [10_000, 20_000, 30_000, 40_000, 50_000]
    assert sorted(row["cents"] for row in crossed) == [100, 200, 300, 400, 500] and crossed != ROWS
    assert sorted(row["id"] for row in rewritten("duplicated")) in [sorted([1, 2, 3, 4, 5, n]) for n in range(1, 6)]
    assert sorted(rewritten("reordered"), key=lambda row: row["id"]) == ROWS and rewritten("reordered") != ROWS
    assert len(rewritten("page_broken", share=0.4)) == 3 and len(rewritten("page_broken", how="repeat")) == 5
    assert rewritten("empty_result") == []


def test_draws_come_from_the_rule_and_the_call_and_nothing_else() -> None:
    kind = dict(KINDS)["truncated"]
    assert isinstance(kind, Rewriting)
    cuts = {len(str(kind.rewrite(RESULTS[0], scene(kind, attempt=n)))) for n in range(1, 8)}

    assert len(cuts) > 3
    assert scene(kind).draws.chance == Chance(7) and scene(kind).asked == asked(transport=min(kind.transports))
