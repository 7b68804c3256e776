"""Faults of a scenario that depend on its parameters: `when`, and values in the questions that rules ask."""

from pathlib import Path

import jsonschema_rs
import pytest

from harness.staging.editor_schema import scenario_schema
from harness.staging.planning import read_scenarios
from harness.staging.prepared import Builder
from tests.harness.scenes import write_scene
from worlds.yamlfile import FileProblem, parse_yaml

SCENE = """
soundstage: 1
task: t
params: {day: [good, bad], least: [1]}
world:
  world: desk
  servers:
    shop:
      kind: sql
      imitates: sqlite
      schema: "create table books (id integer primary key, title text)"
      rows: {books: [{id: 1, title: Emma}]}
success:
  any: {sql: select count(*) from shop.books, is: 1}
faults:
  - {profile: flaky-api, when: day == 'bad'}
  - name: late
    when: day == 'good'
    fault: latency
    with: {fixed: 1s}
  - name: locked
    fault: lock_held
    state: {sql: "select count(*) from shop.books where title <> ${day} and id >= ${least}", at_least: "${least}"}
"""


def names(path: Path) -> list[list[str]]:
    return [
        [f"{profile.name}/{rule.name}" for profile in each.faults if profile.name == "inline" for rule in profile.rules]
        + [profile.name for profile in each.faults]
        for each in read_scenarios(path)
    ]


def test_rules_and_profiles_apply_where_their_condition_holds(tmp_path: Path) -> None:
    path = write_scene(tmp_path, SCENE)

    assert names(path) == [
        ["inline/late", "inline/locked", "inline"],
        ["inline/locked", "flaky-api", "inline"],
    ]


def test_values_are_bound_and_never_pasted_into_sql(tmp_path: Path) -> None:
    path = write_scene(tmp_path, SCENE.replace("[good, bad]", '[good, "bad\' or 1=1 --", bad]'))
    states = [each.faults[-1].rules[-1].written["state"] for each in read_scenarios(path)]

    assert [state["parameters"]["day"] for state in states] == ["good", "bad' or 1=1 --", "bad"]
    assert all("$day" in state["sql"] and state["at_least"] == 1 for state in states)


@pytest.mark.parametrize(("old", "new", "words"), [
    ("when: day == 'good'", "when: day == 'never'", "there is no variant in which this holds"),
    ("when: day == 'good'", "when: dag == 'good'", "dag"),
    ("when: day == 'good'", "when: 7", "a condition is expected"),
    ("profile: flaky-api", "profile: flaky-app", "there is no fault profile 'flaky-app'"),
])  # fmt: skip
def test_what_cannot_be_is_refused_at_its_place(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(FileProblem, match=words) as refused:
        list(read_scenarios(write_scene(tmp_path, SCENE.replace(old, new))))

    assert refused.value.place[0] > 15


def test_a_question_that_the_world_cannot_answer_is_refused_at_its_place(tmp_path: Path) -> None:
    path = write_scene(tmp_path, SCENE.replace("from shop.books where title", "from shop.boks where title"))
    (scenario, *_) = read_scenarios(path)

    with pytest.raises(FileProblem, match=r":23:\d+: inline/locked: state: there is no table shop\.boks"):
        Builder().prepare(scenario, 1)


def test_editors_know_rules_in_scenarios() -> None:
    schema = jsonschema_rs.validator_for(scenario_schema())

    assert schema.is_valid(parse_yaml(SCENE).data)
    assert not schema.is_valid(parse_yaml(SCENE.replace("fault: latency", "fault: latenzy")).data)
    assert not schema.is_valid(parse_yaml(SCENE.replace("at_least:", "at_lest:")).data)
