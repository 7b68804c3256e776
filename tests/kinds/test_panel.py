"""The panel of `check` knows its way around servers of every kind."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.intruder import intruders
from tests.harness.command import Command
from tests.kinds.town import KINDS, write_scenario, write_town
from worlds.part import part_kinds

DAMAGED = {
    "files": ["a file of files overwritten", "a file of files removed", "a file too many in files"],
    "shop": ["a row of shop.orders changed", "a row of shop.orders deleted"],
    "billing": ["one of billing.charges changed", "one of billing.charges removed", "one too many of billing.charges"],
    "inbox": ["a message of inbox to a stranger", "a message of inbox removed", "a message too many in inbox"],
    "customer": [],
    "desk": ["one of desk.loans changed", "one of desk.loans removed"],
}
READ = {
    "files": ("one two three four", "two"), "shop": ("Ida", "Bo"), "billing": ("ch_501", "ch_502"),
    "inbox": ("Twice!",), "customer": ("I was charged twice.",), "desk": ("b7",),
}  # fmt: skip


def checked(soundstage: Command, folder: Path, **parts: Any) -> dict[str, Any]:
    """What `check` finds of a scenario."""
    write_scenario(folder, **parts)
    ran = soundstage("check", "scene.yaml", "--json")
    told: dict[str, Any] = json.loads(ran.out)
    assert "scenarios" in told, ran.err
    found: dict[str, Any] = told["scenarios"][0]
    return found


def test_somebody_knows_his_way_around_every_kind() -> None:
    assert set(intruders.names()) == set(part_kinds.names())


@pytest.mark.parametrize("server", KINDS)
def test_a_scenario_about_one_server_is_sound(soundstage: Command, tmp_path: Path, server: str) -> None:
    world, each = write_town(tmp_path), KINDS[server]
    alone = {**world, "servers": {server: world["servers"][server]}}
    tool, arguments = each.write
    count = f"select count(*) from {each.table}"
    told = checked(
        soundstage, tmp_path, world=alone,
        success={
            "done": {"sql": f"select ({count}) - (select count(*) from before.{each.table})", "at_least": 1},
            "told": {"said": {"matches": "^It is done$"}},
        },
        guard={"may_change": _allowed(server, each.changed)},
        reference=[{f"{server}.{tool}": dict(arguments)}, {"say": "It is done"}],
    )  # fmt: skip

    assert told["sound"], json.dumps(told, indent=1)
    assert told["panel"]["reference"]["got"] == "success"
    vandals = told["panel"]["vandal"].get("episodes", [])
    assert [episode["what"] for episode in vandals][: len(DAMAGED[server])] == DAMAGED[server]


def _allowed(server: str, changed: str) -> list[Any]:
    added = {"path": changed.replace("[*]", ""), "kind": "added", "at_most": 2}
    return [added, "billing.charges[ch_501].refunded"] if server == "billing" else [added]


def test_who_reads_everything_has_read_everything(soundstage: Command, town: Path) -> None:
    texts = [text for texts in READ.values() for text in texts]
    told = checked(
        soundstage, town, reference=[{"say": " ".join(texts)}],
        success={name: {"said": {"matches": list(each)}} for name, each in READ.items()},
    )  # fmt: skip

    assert told["panel"]["chatter"]["got"] == "success", json.dumps(told["panel"]["chatter"], indent=1)


def test_what_the_panel_proposes_allows_the_reference(soundstage: Command, town: Path) -> None:
    lines: list[dict[str, Any]] = [{f"{name}.{each.write[0]}": dict(each.write[1])} for name, each in KINDS.items()]
    lines += [{"billing.update_charge": {"id": "ch_502", "note": "seen"}}, {"say": "Done."}]
    sums = " + ".join(f"(select count(*) from {each.table})" for each in KINDS.values())
    checks = {"changed": {"sql": f"select {sums}", "at_least": 15}, "said": {"said": {"matches": "^Done.$"}}}
    first = checked(soundstage, town, success=checks, reference=lines)
    proposed = first["may_change"]
    paths = [entry["path"] for entry in proposed]
    assert "billing.charges[ch_501].refunded" in paths and "billing.refunds" in paths, paths
    assert "billing.charges[ch_502].note" in paths
    second = checked(soundstage, town, success=checks, reference=lines, guard={"may_change": proposed})

    assert second["panel"]["reference"]["got"] == "success"
    assert second["sound"], json.dumps(second, indent=1)
