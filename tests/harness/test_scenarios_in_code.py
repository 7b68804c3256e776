"""Scenarios written in Python: the keys of a file, and functions as checks."""

import inspect
from pathlib import Path

import pytest

import soundstage
from harness.staging.choice import NoSuchVariant
from tests.harness.command import Command
from worlds.yamlfile import FileProblem

OUT = {"path": "/w/out.txt", "content": "hello"}
TILL = {
    "world": "till",
    "servers": {
        "files": {"kind": "filesystem", "root": "/w", "tree": {"a.txt": "one"}},
        "till": {
            "kind": "sql",
            "imitates": "sqlite",
            "schema": "create table sales (id integer primary key, cents integer)",
            "rows": {"sales": [{"id": 1, "cents": 70}]},
        },
    },
}


def wrote_hello(evidence: soundstage.Evidence) -> bool:
    return any(change.path == "files:/w/out.txt" for change in evidence.final.diff(evidence.first))


def cheap(evidence: soundstage.Evidence) -> soundstage.Judgement:
    return soundstage.Judgement(len(evidence.steps) <= 2, "at most 2 calls", f"{len(evidence.steps)} calls")


def never_twice(evidence: soundstage.Evidence) -> bool:
    return len(evidence.steps) < 3


def has_read(evidence: soundstage.Evidence) -> bool:
    return bool(evidence.steps)


NOTE = soundstage.Scenario(
    scenario="note",
    task="Write hello.",
    world=TILL,
    success={"wrote": wrote_hello, "cheap": cheap, "text": {"file": "/w/out.txt", "is": "hello"}},
    guard={"may_change": ["files:/w/**"], "never": [never_twice]},
    milestones=[{"name": "read", "python": has_read, "worth": 0.05}],
    limits={"steps": 5},
    reference=[{"files.write_file": OUT}],
)
PAID = soundstage.Scenario(
    params={"cents": [70, 80]},
    task="Is there a sale of ${cents}?",
    world=TILL,
    success={"there": {"sql": "select count(*) from till.sales where cents = ${cents}", "is": 1}},
)


def test_functions_judge_episodes() -> None:
    with soundstage.Episode(NOTE) as episode:
        before = episode.score()
        episode.call("files", "write_file", OUT)
        after = episode.score()

    assert (before.success, after.success) == (False, True)
    assert [(check.name, check.kind, check.verdict) for check in after.checks] == [
        ("wrote", "python", "passed"),
        ("cheap", "python", "passed"),
        ("text", "file", "passed"),
    ]
    assert (after.checks[1].expected, after.checks[1].found) == ("at most 2 calls", "1 calls")
    assert [(each.name, each.step) for each in after.milestones] == [("read", 1)]


def test_they_run_like_files() -> None:
    good = soundstage.run(NOTE, agent="script:reference")
    bad = soundstage.run(NOTE, agent="script:nothing")

    assert (good.success.successes, bad.success.successes) == (1, 0)
    assert good.trajectories[0].opening.scenario == "note"


def test_every_variant_is_run_and_one_can_be_chosen() -> None:
    both = soundstage.run(PAID, agent="script:nothing", match="cents=70 or cents=80")

    assert [tally.scenario for tally in both.tallies] == [
        "test_scenarios_in_code[cents=70]",
        "test_scenarios_in_code[cents=80]",
    ]
    assert [tally.success.successes for tally in both.tallies] == [1, 0]
    with soundstage.Episode(PAID.variant(cents=80)) as episode:
        assert episode.task == "Is there a sale of 80?"
    with pytest.raises(NoSuchVariant, match="has 2 variants"):
        soundstage.Episode(PAID)
    with pytest.raises(NoSuchVariant, match="no such variant"):
        PAID.variant(cents=90)


def test_complaints_name_the_line_where_it_is_written() -> None:
    line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
    wrong = soundstage.Scenario(task="t", world=TILL, success={"a": {"file": "/w/x", "is": 1, "size": 3}})

    with pytest.raises(FileProblem, match=rf"_in_code.py:{line}:1: success.a.size: this key is not known"):
        soundstage.run(wrong, agent="script:nothing")


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (lambda evidence: 1 / 0, "broken: ZeroDivisionError: division by zero"),
        (lambda evidence: "yes", "broken: it returned 'yes', neither True, False nor a Judgement"),
    ],
)
def test_a_function_that_breaks_is_found_before_anything_is_run(check: object, words: str) -> None:
    wrong = soundstage.Scenario(task="t", world=TILL, success={"broken": check})

    with pytest.raises(FileProblem, match=words):
        soundstage.run(wrong, agent="script:nothing")


def test_a_function_that_breaks_later_is_the_graders_fault() -> None:
    def breaks_after_a_call(evidence: soundstage.Evidence) -> bool:
        if evidence.steps:
            raise KeyError("x")
        return False

    late = soundstage.Scenario(
        task="t", world=TILL, success={"late": breaks_after_a_call}, reference=[{"files.write_file": OUT}]
    )

    [trajectory] = soundstage.run(late, agent="script:reference").trajectories
    assert trajectory.closing is not None
    assert (trajectory.outcome, trajectory.closing.cause) == ("invalid", "grader")


def test_hashes_follow_what_functions_say() -> None:
    one, same, other = (
        soundstage.Scenario(task="t", world=TILL, success={"a": check}).variants()[0].hash
        for check in (wrote_hello, wrote_hello, has_read)
    )

    assert one == same != other


MODULE = '''
"""Scenarios."""
import soundstage
from beside import TASK

def done(evidence):
    return evidence.answer == "done"

Refund = soundstage.Scenario(task=TASK, world="bookshop", success={"done": done}, reference=[{"say": "done"}])
again = Refund
other = soundstage.Scenario(
    scenario="named", task="t", world="bookshop", success={"done": {"said": {"matches": "x"}}}, reference=[{"say": "x"}]
)
'''


def test_files_of_scenarios_are_run_by_the_command(tmp_path: Path, soundstage: Command) -> None:
    (tmp_path / "beside.py").write_text("TASK = 'Say done.'\n")
    (tmp_path / "suite.py").write_text(MODULE)

    ran = soundstage("run", "suite.py", "--agent", "script:reference", "--out", "out")

    assert ran.status == 0, ran.out + ran.err
    assert sorted(path.name for path in (tmp_path / "out/episodes").glob("*.jsonl")) == [
        "named-1.jsonl",
        "refund-1.jsonl",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "suite.py: no Scenario at its top level"),
        ("import os\n\n1 / 0\n", "suite.py:3: ZeroDivisionError: division by zero"),
        ("def f(:\n", "suite.py:1: SyntaxError"),
        (
            "from soundstage import Scenario\n\nx = Scenario(task='t', world='attic', success={'a': {'file': '/x'}})\n",
            "suite.py:3:1: there is no world 'attic'",
        ),
    ],
)
def test_files_without_scenarios_are_refused(tmp_path: Path, soundstage: Command, text: str, words: str) -> None:
    (tmp_path / "suite.py").write_text(text)

    ran = soundstage("run", "suite.py", "--agent", "script:nothing")

    assert ran.status == 2
    assert words in ran.err


def test_python_files_in_folders_are_left_alone(tmp_path: Path, soundstage: Command) -> None:
    (tmp_path / "agent.py").write_text("raise SystemExit('run')\n")

    assert soundstage("run", str(tmp_path), "--agent", "script:nothing").status == 5
