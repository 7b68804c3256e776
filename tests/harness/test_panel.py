"""`soundstage check`: what the panel finds in sound and in unsound scenarios, and what lock files say."""

import json
from pathlib import Path
from typing import Any

import pytest

import soundstage as facade
from harness.proving.proposal import Net, as_yaml, propose_changes
from harness.staging.guard import Allowance
from harness.verdicts.collateral import collateral
from harness.verdicts.footprint import Touched
from harness.verdicts.path_pattern import ChangedPath
from tests.harness.command import Command
from tests.harness.jails import needs_namespace
from tests.harness.scenes import read_json, write_scene

SHOP = """
soundstage: 1
task: Pay the open orders and say how many cents they were.
world:
  world: shop
  clock: 2026-03-02T09:00:00Z
  servers:
    files: {kind: filesystem, root: /w, tree: {rules.txt: only open ones, "old/log.txt": "1 2 3", b.txt: b}}
    shop:
      kind: sql
      schema: |
        create table orders (id integer primary key, status text, cents integer, touched text);
        insert into orders values (1, 'open', 500, ''), (2, 'paid', 700, ''), (3, 'open', 900, ''), (4, 'paid', 1, '');
        create table remarks (id integer primary key, text text);
        insert into remarks values (1, 'fine'), (2, 'late');
success:
  paid: {sql: "select count(*) from shop.orders where status = 'open'", is: 0}
  told: {said: {number: 1400, numbers_max: 3}}
guard:
  may_change: ["shop.orders[1].*", "shop.orders[3].*"]
limits: {steps: 10}
reference:
  - files.read_text_file: {path: /w/rules.txt}
  - shop.write_query: {query: "update orders set status = 'paid', touched = current_timestamp where status = 'open'"}
  - say: They were 1400 cents.
seeds: {world: 1}
"""
GUARD = 'guard:\n  may_change: ["shop.orders[1].*", "shop.orders[3].*"]\n'


def checked(soundstage: Command, folder: Path, text: str = SHOP, *words: str) -> dict[str, Any]:
    """What the check of one scenario finds, as JSON."""
    write_scene(folder, text, "shop")
    ran = soundstage("check", "shop.yaml", "--json", *words)
    told: dict[str, Any] = json.loads(ran.out)
    assert told["exit_code"] == ran.status
    return {**told, **told["scenarios"][0]}


def advice(told: dict[str, Any], weight: str) -> str:
    return "; ".join(one["what"] for one in told["advice"] if one["weight"] == weight)


def test_a_sound_scenario_is_passed_by_its_reference_alone(soundstage: Command, tmp_path: Path) -> None:
    told = checked(soundstage, tmp_path)

    assert (told["sound"], told["exit_code"]) == (True, 0), told["advice"]
    assert {name: member["got"] for name, member in told["panel"].items()} == {
        "reference": "success", "nothing": "failure", "vandal": "failure", "chatter": "failure", "quitter": "failure",
    }  # fmt: skip
    assert [episode["what"] for episode in told["panel"]["vandal"]["episodes"]] == [
        "a file of files overwritten", "a file of files removed", "a file too many in files",
        "a row of shop.orders changed", "a row of shop.orders deleted",
        "a row of shop.remarks changed", "a row of shop.remarks deleted",
    ]  # fmt: skip


def test_people_see_who_passes_and_what_to_do(soundstage: Command, tmp_path: Path) -> None:
    write_scene(tmp_path, SHOP, "good")
    write_scene(tmp_path, SHOP.replace(GUARD, ""), "bad")
    good, bad = soundstage("check", "good.yaml"), soundstage("check", "bad.yaml")

    assert good.status == 0
    assert "● good       ✓ passes    ✓ fails     ✓ fails ×7   ✓ fails     ✓ fails" in good.out
    assert "1 of 1 scenario sound." in good.out
    assert "Locked in good.lock.json" in good.out
    assert bad.status == 1
    assert "✗ nobody notices 7 of 7 damages: a file of files overwritten" in bad.out
    assert '  may_change:\n          - "shop.orders[1].status"\n' in bad.out
    assert not (tmp_path / "bad.lock.json").exists()


@pytest.mark.parametrize(
    ("old", "new", "member", "words"),
    [
        (GUARD, "", "vandal", "nobody notices 7 of 7 damages"),
        ("number: 1400, numbers_max: 3", "matches: '1'", "", ""),
        ("paid: {sql: \"select count(*) from shop.orders where status = 'open'\", is: 0}", "", "quitter", ""),
        (" - say: They were 1400 cents.", " - say: They were 1300 cents.", "reference", "does not pass: not: told"),
        ("where status = 'open'\"}\n", 'wher"}\n', "reference", "no error was expected"),
        ("is: 0}\n  told: {said: {number: 1400, numbers_max: 3}}", "at_least: 0}", "nothing", "doing nothing passes"),
    ],
)
def test_what_is_unsound_is_told_by_its_cause(
    soundstage: Command, tmp_path: Path, old: str, new: str, member: str, words: str
) -> None:
    told = checked(soundstage, tmp_path, SHOP.replace(old, new, 1))

    if words:
        assert not told["panel"][member]["right"]
        assert not told["sound"]
    assert words in advice(told, "wrong")


def test_answers_that_say_everything_are_found_out(soundstage: Command, tmp_path: Path) -> None:
    text = """
    task: What do the rules say?
    world: {world: w, servers: {files: {kind: filesystem, root: /w, tree: {rules.txt: only open ones}}}}
    success: {told: {said: {matches: open ones}}}
    guard: {may_change: []}
    reference: [files.read_text_file: {path: /w/rules.txt}, say: only open ones]
    """
    told = checked(soundstage, tmp_path, text)

    assert told["panel"]["chatter"]["got"] == "success"
    assert "an agent that answers with all it can read passes" in advice(told, "wrong")
    assert told["may_change"] == []


@needs_namespace
@pytest.mark.parametrize(
    ("command", "sound"),
    [
        ("python3 -c 'import sum; assert sum.add(2, 3) == 5'", False),
        ("test \"$(python3 -c 'import sum; print(sum.add(2, 3))')\" = 5", True),
    ],
)
def test_programs_that_end_their_judges_are_found_out(
    soundstage: Command, tmp_path: Path, command: str, sound: bool
) -> None:
    text = f"""
    task: Repair sum.py.
    world: {{world: w, servers: {{files: {{kind: filesystem, root: /w, tree: {{sum.py: ""}}}}}}}}
    success: {{adds: {{command: {json.dumps(command)}}}}}
    guard: {{may_change: ["files:/w/sum.py"]}}
    reference:
      - files.write_file: {{path: /w/sum.py, content: "def add(a, b): return a + b"}}
      - say: done
    """
    told = checked(soundstage, tmp_path, text)

    assert told["sound"] is sound
    assert ("programs that end whoever runs them, with status 0, pass" in advice(told, "wrong")) is not sound


@pytest.mark.parametrize(
    ("more", "weak"), [("", True), ("  looked: {calls: {tool: files.read_text_file, failed: false}}\n", False)]
)
def test_refusing_without_looking_is_told(soundstage: Command, tmp_path: Path, more: str, weak: bool) -> None:
    text = (
        "task: Ida wants her money back. Deal with it.\n"
        "world: {world: w, servers: {files: {kind: filesystem, root: /w, tree: {rules.txt: no refunds}}}}\n"
        "success:\n  told: {said: {matches: '(?i)cannot'}}\n" + more + "guard: {may_change: []}\n"
        "reference: [files.read_text_file: {path: /w/rules.txt}, say: We cannot do that.]\n"
    )

    told = checked(soundstage, tmp_path, text)

    assert ("the right words pass without a single call" in advice(told, "weak")) is weak
    assert told["sound"]


def test_checks_that_prove_nothing_are_named(soundstage: Command, tmp_path: Path) -> None:
    idle = (
        "success:\n  rules: {file: /w/nothing.txt, exists: false}\n  kept: {file: /w/rules.txt, is: only open ones}\n"
    )

    told = checked(soundstage, tmp_path, SHOP.replace("success:\n", idle))

    assert "nobody on the panel failed rules" in advice(told, "weak")
    assert told["sound"]


def test_a_guard_that_is_too_wide_is_told(soundstage: Command, tmp_path: Path) -> None:
    told = checked(soundstage, tmp_path, SHOP.replace('"shop.orders[1].*", "shop.orders[3].*"', "shop.orders"))

    wide = "the guard allows 2 of the vandal's damages: a row of shop.orders changed, a row of shop.orders deleted"
    assert wide in advice(told, "weak")
    assert told["sound"]


def test_two_runs_of_the_reference_show_what_is_volatile(soundstage: Command, tmp_path: Path) -> None:
    told = checked(soundstage, tmp_path)

    assert told["volatile"] == ["shop.orders[*].touched"]
    assert told["may_change"] == [
        {"path": "shop.orders[1].status"}, {"path": "shop.orders[1].touched"},
        {"path": "shop.orders[3].status"}, {"path": "shop.orders[3].touched"},
    ]  # fmt: skip


def test_a_lock_file_is_written_once_and_compared_afterwards(soundstage: Command, tmp_path: Path) -> None:
    first, again = checked(soundstage, tmp_path), checked(soundstage, tmp_path)
    lock = read_json(tmp_path / "shop.lock.json")
    changed = checked(soundstage, tmp_path, SHOP.replace("remarks values (1, 'fine')", "remarks values (1, 'bad')"))
    kept = read_json(tmp_path / "shop.lock.json")
    warned = soundstage("run", "shop.yaml", "--agent", "script:reference")
    updated = checked(soundstage, tmp_path, (tmp_path / "shop.yaml").read_text(), "--update")

    assert (first["locked"], first["locked_before"], again["locked"], again["locked_before"]) == (
        ["shop.lock.json"], False, [], True,
    )  # fmt: skip
    assert again["differences"] == []
    assert lock["scenarios"]["shop"]["panel"]["vandal"] == "failure"
    assert kept == lock
    assert (changed["exit_code"], changed["sound"]) == (1, True)
    assert changed["differences"] == [
        "the scenario's text changed", "the world's first state changed", "what the reference leaves changed",
    ]  # fmt: skip
    assert "shop is not the scenario that shop.lock.json speaks of" in warned.err
    assert (updated["exit_code"], updated["locked"]) == (0, ["shop.lock.json"])
    assert soundstage("run", "shop.yaml", "--agent", "script:reference").err == ""


@pytest.mark.parametrize("check", ['{command: "true", add: mine.py}', '{python: "mine.py:right"}'])
def test_what_judges_from_beside_the_scenario_is_locked_too(soundstage: Command, tmp_path: Path, check: str) -> None:
    (tmp_path / "mine.py").write_text("def right(evidence): return bool(evidence.answer)\n")
    text = SHOP.replace("success:\n", f"success:\n  mine: {check}\n")
    told = checked(soundstage, tmp_path, text, "--update")
    same = soundstage("run", "shop.yaml", "--agent", "script:nothing")
    (tmp_path / "mine.py").write_text("def right(evidence): return True\n")
    other = soundstage("run", "shop.yaml", "--agent", "script:nothing")

    assert told["locked"]
    assert "is not the scenario that" not in same.out + same.err
    assert "shop is not the scenario that" in " ".join((other.out + other.err).split())


def test_an_update_of_some_variants_keeps_the_others(soundstage: Command, tmp_path: Path) -> None:
    text = SHOP.replace("soundstage: 1\n", "soundstage: 1\nparams: {cents: [1400, 1401]}\n", 1)
    write_scene(
        tmp_path, text.replace("number: 1400, numbers_max: 3", "number: '${cents}', within: 2, numbers_max: 3"), "shop"
    )
    soundstage("check", "shop.yaml")

    ran = soundstage("check", "shop.yaml", "--update", "-k", "1401")

    assert ran.status == 0, ran.out
    assert list(read_json(tmp_path / "shop.lock.json")["scenarios"]) == ["shop[cents=1400]", "shop[cents=1401]"]


def test_lock_files_that_are_none_are_refused(soundstage: Command, tmp_path: Path) -> None:
    write_scene(tmp_path, SHOP, "shop")
    (tmp_path / "shop.lock.json").write_text("{}")

    refused, run = soundstage("check", "shop.yaml"), soundstage("run", "shop.yaml", "--agent", "script:reference")

    assert (refused.status, "shop.lock.json is no lock file" in refused.err) == (2, True)
    assert (run.status, "shop.lock.json is no lock file" in run.err) == (0, True)
    assert soundstage("check", "shop.yaml", "--update").status == 0
    assert soundstage("check", "shop.yaml", "-k", "other").status == 5


def test_python_code_gets_the_same(tmp_path: Path) -> None:
    (report,) = facade.check(write_scene(tmp_path, SHOP, "shop"))

    assert (report.sound, report.is_locked) == (True, False)
    assert not (tmp_path / "shop.lock.json").exists()


NETS = [
    Net(ChangedPath("files:/w/new.txt"), "added", None, {"kind": "file"}),
    *[Net(ChangedPath(f"files:/w/logs/{n}.txt"), "removed", {"kind": "file"}, None) for n in range(5)],
    *[Net(ChangedPath(f"shop.orders[{n}]"), "changed", {"a": 1, "b": 2}, {"a": 2, "b": 2}) for n in range(9)],
    *[Net(ChangedPath(f"shop.items[{n}]"), "added", None, {"a": 1}) for n in range(4)],
    *[Net(ChangedPath(f"shop.gone[{n}]"), "removed", {"a": 1}, None) for n in range(2)],
]


def test_proposals_generalise_and_cover_what_they_were_made_from() -> None:
    proposed = propose_changes(NETS)
    touched = [Touched(net.path, net.kind, net.before, net.after) for net in NETS]  # type: ignore[arg-type]

    assert as_yaml(proposed) == [
        '- {path: "files:/w/new.txt", kind: added}',
        '- {path: "files:/w/logs/**", kind: removed, at_most: 5}',
        '- {path: "shop.gone[0]", kind: removed}',
        '- {path: "shop.gone[1]", kind: removed}',
        '- {path: "shop.items", kind: added, at_most: 4}',
        '- {path: "shop.orders[*].a", kind: changed, at_most: 9}',
    ]
    allowances = [Allowance.model_validate(entry) for entry in proposed]
    assert collateral(touched, allowances) == []
    assert len(collateral([*touched, *touched[-3:]], allowances)) > 0
