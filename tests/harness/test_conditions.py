"""Conditions over parameters: what they may say, and what becomes of what they leave out."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scenario import Scenario
from harness.staging.condition import ConditionError, read_condition
from harness.staging.planning import read_scenarios
from harness.staging.script import Say
from tests.harness.scenes import write_scene
from worlds.yamlfile import FileProblem

VALUES: dict[str, Any] = {"amount": 4990, "mood": "calm", "vip": True, "who": {"id": 7, "tags": ["a"]}, "none": None}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("amount == 4990", True),
        ("amount != 4990", False),
        ("1000 < amount <= 4990", True),
        ("amount < 1000 or mood == 'calm'", True),
        ("amount < 1000 and mood == 'calm'", False),
        ("not vip", False),
        ("vip and not (amount < -1)", True),
        ("mood in ['calm', 'cross']", True),
        ("mood not in ('calm', 'cross')", False),
        ("'al' in mood", True),
        ("who.id == 7 and who.tags[0] == 'a'", True),
        ("who['id'] in [7]", True),
        ("none == null and vip == true", True),
        ("none == None", True),
        ("true", True),
    ],
)
def test_conditions_compare_values(text: str, holds: bool) -> None:
    assert read_condition(text, VALUES).holds(VALUES) is holds


@pytest.mark.parametrize(
    "text",
    [
        "", "amount >", "amount = 1", "__import__('os')", "amount.__class__()", "len(mood) > 1", "[a for a in mood]",
        "amount + 1 == 2", "9 ** 9 ** 9 > 1", "lambda: 1", "amount if vip else 1", "f'{amount}'", "amount; vip",
        "mood[0:2] == 'ca'", "(amount := 1) == 1", "*mood", "amount is 1", "{'a': 1} == who", "(" * 500, "not " * 300,
        "1" * 5_000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(ConditionError):
        read_condition(text, VALUES).holds(VALUES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("amount", "amount is 4990, neither true nor false"),
        ("amount and vip", "amount is 4990, neither true nor false"),
        ("mood < 5", "not supported between"),
        ("5 in amount", "not iterable"),
        ("who.age == 1", "it asks for what is not there"),
        ("amount.real == 1", "compare values of one type"),
        ("price > 1", "there is no parameter 'price' (known: amount, mood, vip, who, none)"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConditionError) as caught:
        read_condition(text, VALUES).holds(VALUES)

    assert words in str(caught.value)


@given(st.text(max_size=80))
def test_no_text_does_more_than_hold_or_be_refused(text: str) -> None:
    with suppress(ConditionError):
        assert read_condition(text, VALUES).holds(VALUES) in (True, False)


SCENE = """
params: {amount: [1, 5, 9]}
task: t
world: {world: w, servers: {files: {kind: filesystem, root: /w, tree: {a: b}}}}
success:
  few: {when: amount < 3, file: /w/few}
  always: {file: /w/always}
  many: {when: "amount >= 3", file: /w/many}
guard:
  never:
    - {name: low, when: amount < 3, calls: {tool: files.x}, is: 0}
    - {name: high, when: amount > 3, calls: {tool: files.y}, is: 0}
milestones:
  - {name: first, when: amount < 3, calls: {tool: files.x}, worth: 0.1}
  - {name: second, calls: {tool: files.x}, worth: 0.1}
reference:
  - {say: few, when: amount < 3}
  - {say: many, when: not (amount < 3)}
events:
  - {at: +1m, server: files, do: write, with: {path: few, text: x}, when: amount < 3}
  - {at: +2m, server: files, do: write, with: {path: any, text: x}}
"""


def names(scenario: Scenario) -> list[list[str]]:
    return [
        [check.name for check in scenario.checks],
        [check.name for check in scenario.guard.never],
        [station.name for station in scenario.milestones],
        [line.text for line in scenario.reference if isinstance(line, Say)],
        [str(event.arguments["path"]) for event in scenario.events],
    ]


def test_what_does_not_apply_to_a_variant_is_left_out(tmp_path: Path) -> None:
    one, five, _ = read_scenarios(write_scene(tmp_path, SCENE))

    assert names(one) == [["few", "always"], ["low"], ["first", "second"], ["few"], ["few", "any"]]
    assert names(five) == [["always", "many"], ["high"], ["second"], ["many"], ["any"]]


def test_places_stay_right_where_entries_are_left_out(tmp_path: Path) -> None:
    path = write_scene(tmp_path, SCENE.replace("name: second, calls", "name: second, cals"))

    with pytest.raises(FileProblem, match=r"note.yaml:15:5: second looks at nothing"):
        read_scenarios(path)


WRONG = {
    "a criterion for no variant": ("amount < 3, file", "amount < 0, file", "6:9", "there is no variant in which this"),
    "a guard for no variant": ("when: amount > 3", "when: amount > 10", "12:20", "guard.never.1: there is no variant"),
    "a step for no variant": ("say: few, when: amount < 3", "say: few, when: false", "17:16", "reference.0"),
    "a variant without a criterion": ("  always: {file: /w/always}\n", "", "5:1", ""),
    "no condition": ("amount < 3, file", "amount <, file", "6:9", "'amount <' is no condition"),
    "a number": ("amount < 3, file", "3, file", "6:9", "a condition is expected"),
    "an unknown name": ("amount < 3, file", "price < 3, file", "6:9", "there is no parameter 'price' (known: amount)"),
}


@pytest.mark.parametrize("case", WRONG)
def test_conditions_that_help_nobody_are_refused_with_their_place(tmp_path: Path, case: str) -> None:
    old, new, place, words = WRONG[case]
    text = SCENE.replace(old, new)
    if case == "a variant without a criterion":
        text, words = text.replace('when: "amount >= 3"', "when: amount > 5"), "no criterion is left for [amount=5]"
    path = write_scene(tmp_path, text)

    with pytest.raises(FileProblem) as caught:
        read_scenarios(path)

    assert str(caught.value).startswith(f"{path}:{place}: "), str(caught.value)
    assert words in str(caught.value)
