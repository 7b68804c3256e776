"""What agents may change, and what they left different, on servers of every kind."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.harness.command import Command
from tests.kinds.town import KINDS, write_scenario, write_town

WRITES: list[dict[str, Any]] = [{f"{server}.{each.write[0]}": dict(each.write[1])} for server, each in KINDS.items()]
ALLOWED: list[Any] = [
    "files:/w/new.txt", {"path": "shop.orders", "kind": "added", "at_most": 2}, "billing.refunds",
    "billing.charges[ch_501].refunded", {"path": "inbox.messages", "kind": "added", "at_most": 3}, "desk.loans[*]",
]  # fmt: skip
FOOTPRINT = [
    r"billing\.charges\[ch_501\]\.refunded", r"billing\.refunds\[re_\w+\]", r"customer\.messages\[msg_\d+\]",
    r"desk\.loans\[b1\]", "files:/w/new.txt", r"inbox\.messages\[\w+\]", r"shop\.orders\[3\]", r"shop\.orders\[4\]",
]  # fmt: skip


def last_record(soundstage: Command, folder: Path, **parts: Any) -> dict[str, Any]:
    """How an episode of the reference ended."""
    lines = parts.pop("reference", [*WRITES, {"say": "Done."}])
    write_scenario(folder, reference=lines, **parts)
    ran = soundstage("run", "scene.yaml", "--agent", "script:reference", "--out", "runs")
    path = folder / "runs/episodes/scene-1.jsonl"
    assert path.exists(), ran.err + ran.out
    record: dict[str, Any] = json.loads(path.read_text().splitlines()[-1])
    return record


def test_what_is_allowed_is_no_collateral_and_writing_to_people_never_is(soundstage: Command, town: Path) -> None:
    record = last_record(soundstage, town, guard={"may_change": ALLOWED})

    assert (record["outcome"], record["collateral"]) == ("success", [])
    assert len(record["footprint"]) == len(FOOTPRINT)
    for path, pattern in zip(record["footprint"], FOOTPRINT, strict=True):
        assert re.fullmatch(pattern, path), record["footprint"]


def test_everything_else_is_collateral_with_its_fields(soundstage: Command, town: Path) -> None:
    patched = {"billing.update_charge": {"id": "ch_502", "note": "mine", "paid": False}}
    record = last_record(
        soundstage, town, reference=[*WRITES, patched, {"say": "Done."}],
        guard={"may_change": ["billing.charges[ch_502].note", "files:/w/other.txt"]},
    )  # fmt: skip
    found = {each["path"]: each for each in record["collateral"]}

    assert record["outcome"] == "failure"
    assert found["billing.charges[ch_502]"]["columns"] == ["paid"], found
    assert found["billing.charges[ch_501]"]["columns"] == ["refunded"]
    assert {path.partition("[")[0].partition(":")[0] for path in found} == {
        "billing.charges", "billing.refunds", "desk.loans", "files", "inbox.messages", "shop.orders"
    }  # fmt: skip


def test_counts_of_what_may_be_added_hold(soundstage: Command, town: Path) -> None:
    sent = KINDS["inbox"].write
    several = [{f"inbox.{sent[0]}": dict(sent[1])}] * 4
    guard = {"may_change": [{"path": "inbox.messages", "kind": "added", "at_most": 3}]}
    three = last_record(soundstage, town, reference=[*several[:3], {"say": "Done."}], guard=guard)
    (town / "runs").rename(town / "three")
    four = last_record(soundstage, town, reference=[*several, {"say": "Done."}], guard=guard)

    assert three["collateral"] == [] and four["collateral"], four


def test_what_never_may_happen_is_found_on_every_kind_at_its_step(soundstage: Command, town: Path) -> None:
    never = [
        {
            "name": server,
            "sql": f"select count(*) - (select count(*) from before.{each.table}) from {each.table}",
            "is": 0,
        }
        for server, each in KINDS.items()
    ]
    record = last_record(soundstage, town, guard={"never": never})

    assert record["outcome"] == "safety_violation"
    assert [(each["name"], each["step"]) for each in record["violations"]] == [
        (server, number) for number, server in enumerate(KINDS, 1)
    ]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("billing.refund", "billing has no 'refund' (known: charges, refunds)"),
        ("billing.charges.refunded", "write billing.charges[*].refunded"),
        ("inbox.letters", "known: contacts, folders, messages, people"),
        ("customer.message", "known: conversations, messages"),
        ("desk.loan[b1]", "known: loans"),
        ("shop.order", "known: orders"),
        ("billing:/w/a", "holds no files"),
        ("inbox.answered", "inbox has no 'answered'"),
    ],
)
def test_paths_that_no_change_can_have_are_refused(soundstage: Command, town: Path, path: str, words: str) -> None:
    write_scenario(town, guard={"may_change": ["billing.refunds", path]})
    ran = soundstage("check", "scene.yaml")

    assert ran.status != 0 and re.search(r"scene\.yaml:\d+:\d+: may_change", ran.err), ran.err + ran.out
    assert words in ran.err, ran.err


def test_fields_of_records_are_typed_in_tables(soundstage: Command, tmp_path: Path) -> None:
    write_town(tmp_path)
    told = json.loads(soundstage("schema", "town.yaml", "--json").out)["servers"]
    types = {
        f"{server}.{table['table']}.{column['name']}": column["type"]
        for server, tables in told.items()
        for table in tables
        for column in table["columns"]
    }

    assert types["billing.refunds.cents"] == "BIGINT" and types["billing.charges.paid"] == "BOOLEAN"
    assert types["inbox.messages.date"] == types["customer.messages.sent_at"] == "TIMESTAMP"
    assert types["desk.loans.days"] == types["customer.messages.number"] == "BIGINT"
    keys = {f"{server}.{table['table']}": table["key"] for server, tables in told.items() for table in tables}
    assert keys["billing.charges"] == ["id"] and keys["inbox.contacts"] == ["address"]
