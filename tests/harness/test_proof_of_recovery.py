"""What `check` proves of faults: the reference plays with them and without."""

import json
from pathlib import Path
from typing import Any

from tests.harness.command import Command
from tests.harness.scenes import write_scene
from tests.harness.test_fault_runs import BANK, INLINE


def advice(soundstage: Command, folder: Path, text: str) -> tuple[bool, list[str]]:
    write_scene(folder, text, "bank")
    told: dict[str, Any] = json.loads(soundstage("check", "bank.yaml", "--json").out)["scenarios"][0]
    return told["sound"], [one["what"] for one in told["advice"]]


def test_a_reference_that_only_does_the_task_under_its_faults_is_told(soundstage: Command, tmp_path: Path) -> None:
    """A write that is silently lost once and simply made twice: nobody could know that without a look."""
    lost = "  - {name: lost, on: bank.write_query, nth: 1, fault: lost_write}\n"
    write = "  - bank.write_query: {query: update accounts set points = points + 10 where id = 1}\n"
    text = BANK.replace(INLINE, lost).replace(write + "    expect: error\n", write + write)

    sound, told = advice(soundstage, tmp_path, text)

    assert sound and any("without its faults the reference does what it says and not the task" in one for one in told)


def test_a_reference_that_looks_does_the_task_with_and_without(soundstage: Command, tmp_path: Path) -> None:
    slow = "  - {name: slow, on: bank.write_query, nth: 1, fault: latency, with: {fixed: 1s}}\n"
    sound, told = advice(soundstage, tmp_path, BANK.replace(INLINE, slow).replace("    expect: error\n", ""))

    assert sound and not any("without its faults" in one for one in told)


def test_a_reference_that_expects_its_fault_is_no_complaint(soundstage: Command, tmp_path: Path) -> None:
    sound, told = advice(soundstage, tmp_path, BANK)

    assert sound and not any("without its faults" in one for one in told)


FORBIDDEN = "  - {name: shut, on: bank.write_query, fault: forbidden, recover: RECOVER}\n"


def test_a_rule_that_claims_recovery_and_that_the_reference_does_not_get_over_is_named(
    soundstage: Command, tmp_path: Path
) -> None:
    rule = FORBIDDEN.replace("RECOVER", "Ask again later.")
    sound, told = advice(soundstage, tmp_path, BANK.replace(INLINE, rule).replace("    expect: error\n", ""))

    assert not sound
    assert any(one.startswith("the reference does not get over inline/shut, and does the task without") for one in told)


def test_of_a_rule_that_nobody_can_get_over_no_proof_is_asked(soundstage: Command, tmp_path: Path) -> None:
    rule = FORBIDDEN.replace("RECOVER", "{none: the account was closed for good}")
    sound, told = advice(soundstage, tmp_path, BANK.replace(INLINE, rule).replace("    expect: error\n", ""))

    assert sound and not [one for one in told if "shut" in one]


def test_why_nobody_can_recover_has_to_be_said(soundstage: Command, tmp_path: Path) -> None:
    for written in ("{none: ''}", "none"):
        write_scene(tmp_path, BANK.replace(INLINE, FORBIDDEN.replace("RECOVER", written)), "bank")
        told = soundstage("check", "bank.yaml")
        assert told.status != 0 and "recover" in told.err
