"""Parameters: each combination is a scenario of its own, and values go where they are named."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scenario import Scenario
from harness.staging.planning import read_scenario, read_scenarios
from harness.staging.script import Call, Say
from harness.staging.suite import collect
from harness.staging.variants import VARIANTS_MAX, read_variants, stem
from tests.harness.command import Command
from tests.harness.scenes import write_scene
from worlds.yamlfile import Document, FileProblem

WORLD = """
world:
  world: till
  servers:
    files: {kind: filesystem, root: /w, tree: {a.txt: one}}
    till:
      kind: sql
      imitates: sqlite
      schema: "create table sales (id integer primary key, who text, cents integer)"
      rows: {sales: [{id: 1, who: "Ida O'Hara", cents: 4990}, {id: 2, who: Bo, cents: 70}]}
"""
SALE = f"""
params:
  cents: [4990, 70]
  note: [short, "long and 'quoted'"]
task: Book ${{cents}} as ${{note}}.
{WORLD}
success:
  found: {{sql: "select count(*) from till.sales where cents = ${{cents}}", is: 1}}
  written: {{file: /w/out.txt, is: "${{cents!s}}"}}
limits: {{steps: 5, tokens: "${{cents}}"}}
reference:
  - till.read_query: {{query: "select who from sales where cents = ${{cents}}"}}
    as: seen
  - files.write_file: {{path: /w/out.txt, content: "${{cents!s}}"}}
  - say: "${{seen.data[0].who}} paid ${{cents}} (${{note}})"
"""


def scenes(folder: Path, text: str) -> list[Scenario]:
    return read_scenarios(write_scene(folder, text))


def test_each_combination_of_values_is_a_scenario_of_its_own(tmp_path: Path) -> None:
    found = scenes(tmp_path, SALE)

    assert [each.name for each in found] == [
        "note[cents=4990,note=short]",
        "note[cents=4990,note=long-and-quoted]",
        "note[cents=70,note=short]",
        "note[cents=70,note=long-and-quoted]",
    ]
    assert {each.template for each in found} == {"note"}
    assert found[1].variant == {"cents": 4990, "note": "long and 'quoted'"}
    assert len({each.hash for each in found}) == 4


def test_values_keep_their_type_alone_and_are_text_in_longer_texts(tmp_path: Path) -> None:
    first = scenes(tmp_path, SALE)[1]

    assert first.task == "Book 4990 as long and 'quoted'."
    assert first.limits.tokens == 4990
    assert [check.settings.model_dump(by_alias=True)["is"] for check in first.checks] == [1, "4990"]
    query, write, say = first.reference
    assert isinstance(query, Call) and isinstance(write, Call) and isinstance(say, Say)
    assert query.arguments == {"query": "select who from sales where cents = 4990"}
    assert write.arguments["content"] == "4990"
    assert say.text == "${seen.data[0].who} paid 4990 (long and 'quoted')"


def test_every_variant_runs_and_is_recorded_under_a_portable_name(tmp_path: Path, soundstage: Command) -> None:
    write_scene(tmp_path, SALE)

    ran = soundstage("run", "note.yaml", "--agent", "script:reference", "--out", "out")

    assert ran.status == 0, ran.out
    assert sorted(path.name for path in (tmp_path / "out/episodes").glob("*.jsonl")) == [
        "note~cents=4990~note=long-and-quoted-1.jsonl",
        "note~cents=4990~note=short-1.jsonl",
        "note~cents=70~note=long-and-quoted-1.jsonl",
        "note~cents=70~note=short-1.jsonl",
    ]


def test_variants_are_chosen_by_name(tmp_path: Path, soundstage: Command) -> None:
    path = write_scene(tmp_path, SALE)

    assert [each.name for each in collect([f"{path}[cents=70]"])] == [
        "note[cents=70,note=short]",
        "note[cents=70,note=long-and-quoted]",
    ]
    assert [each.name for each in collect([str(path)], "cents=70 and not short")] == [
        "note[cents=70,note=long-and-quoted]"
    ]
    one = soundstage("run", "note.yaml[note=long-and-quoted,cents=70]", "--agent", "script:reference")
    assert one.status == 0 and "1 scenario" in one.out
    none = soundstage("run", "note.yaml[cents=1]", "--agent", "script:reference")
    assert none.status == 2 and "has no variant [cents=1] (it has: note[cents=4990,note=short]" in none.err
    several = soundstage("serve", "note.yaml")
    assert several.status == 2 and "choose one, like note.yaml[cents=4990,note=short]" in several.err
    assert soundstage("schema", "note.yaml").out == soundstage("schema", "note.yaml[cents=70,note=short]").out


def test_one_scenario_is_refused_where_a_file_has_several(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"note.yaml:2:1: note has 4 variants, and one is needed"):
        read_scenario(write_scene(tmp_path, SALE))


def test_a_single_value_is_a_constant_without_a_name(tmp_path: Path) -> None:
    text = SALE.replace("[4990, 70]", "4990").replace("note: [short, ", "note: [")

    assert [each.name for each in scenes(tmp_path, text)] == ["note"]


def test_values_that_belong_together_are_one_mapping(tmp_path: Path) -> None:
    text = f"""
params: {{buyer: [{{id: 1, name: "Ida O'Hara"}}, {{id: 2, name: Bo}}]}}
task: Greet ${{buyer.name}}, customer ${{buyer.id}}.
{WORLD}
success:
  same: {{sql: "select who from till.sales where id = ${{buyer.id}} and who = ${{buyer.name}}", is: "${{buyer.name}}"}}
"""
    found = scenes(tmp_path, text)

    assert [each.task for each in found] == ["Greet Ida O'Hara, customer 1.", "Greet Bo, customer 2."]
    assert [each.name for each in found] == ["note[buyer=#1]", "note[buyer=#2]"]


def test_values_in_sql_are_never_text(tmp_path: Path, soundstage: Command) -> None:
    """A value that looks like SQL is compared as a value."""
    text = f"""
params: {{who: ["x' or '1' = '1", "Ida O'Hara"]}}
task: t
{WORLD}
success: {{none: {{sql: "select count(*) from till.sales where who = ${{who}}", is: 0}}}}
"""
    write_scene(tmp_path, text)

    ran = soundstage("run", "note.yaml", "--agent", "script:nothing")

    assert [line.split()[:2] for line in ran.out.splitlines() if line.startswith("note[")] == [
        ["note[who=x-or-1-1]", "●"],
        ["note[who=ida-ohara]", "○"],
    ]


def test_lists_can_be_bound_too(tmp_path: Path, soundstage: Command) -> None:
    text = f"""
params: {{ids: [[1, 2], [1]]}}
task: t
{WORLD}
success: {{all: {{sql: "select count(*) from till.sales where list_contains(${{ids}}, id)", is: 2}}}}
"""
    write_scene(tmp_path, text)

    assert "1/2" in soundstage("run", "note.yaml", "--agent", "script:nothing").out


def test_escaped_marks_and_values_that_look_like_marks_stay_as_they_are(tmp_path: Path) -> None:
    text = f"""
params: {{value: ["${{odd}}", plain]}}
task: "$${{HOME}} ${{value}}"
{WORLD}
success: {{a: {{file: /w/a.txt}}}}
reference: [{{say: "$${{HOME}} ${{value}}"}}]
"""
    first = scenes(tmp_path, text)[0]

    assert first.task == "${HOME} ${odd}"
    assert first.reference == (Say("$${HOME} $${odd}"),), "what is played is unescaped then"


def test_keys_may_name_values(tmp_path: Path) -> None:
    text = """
params: {who: [ida, bo]}
task: t
world: {base: bookshop, with: {files: {"notes/${who}.txt": "for ${who}"}}}
success: {a: {file: "/workspace/notes/${who}.txt", matches: "${who}"}}
"""
    assert [each.changes for each in scenes(tmp_path, text)] == [
        {"files": {"notes/ida.txt": "for ida"}},
        {"files": {"notes/bo.txt": "for bo"}},
    ]


CHECKED = "success: {a: {file: /w/a.txt}}\n"
WRONG: dict[str, tuple[str, str, str]] = {
    "an unknown parameter": (
        "params: {cents: 1}\ntask: Pay ${cent} of ${cents}.\n" + CHECKED,
        "2:1",
        "there is no parameter 'cent' (known: cents; $${ stands for ${ itself)",
    ),
    "an unknown parameter without any": ("task: Pay ${cents}.\n" + CHECKED, "1:1", "known: none"),
    "a place that a value has not": ("params: {a: {b: 1}}\ntask: ${a.c}\n" + CHECKED, "2:1", "there is no c in"),
    "a value in quotes in SQL": (
        "params: {who: Bo}\ntask: t\nsuccess: {a: {sql: \"select 1 where who = '${who}'\", is: 1}}\n",
        "3:15",
        "stands inside quotes, where it would be text",
    ),
    "a parameter that nothing uses": ("params: {cents: 1}\ntask: t\n" + CHECKED, "1:10", "nothing uses it"),
    "no values": ("params: {cents: []}\ntask: ${cents}\n" + CHECKED, "1:10", "no value is given"),
    "a value twice": ("params: {cents: [1, 2, 1]}\ntask: ${cents}\n" + CHECKED, "1:18", "1 stands here twice"),
    "an odd name": ("params: {Cents: 1}\ntask: t\n" + CHECKED, "1:10", "cannot name a parameter"),
    "a name that conditions cannot say": ("params: {in: 1}\ntask: t\n" + CHECKED, "1:10", "cannot name a parameter"),
    "params that are a list": ("params: [1]\ntask: t\n" + CHECKED, "1:1", "a mapping from names"),
    "a wrong type": (
        "params: {n: [few]}\ntask: t\n" + CHECKED + 'limits: {steps: "${n}"}\n',
        "4:10",
        "limits.steps: a whole number is expected",
    ),
    "a name that a step keeps as well": (
        "params: {seen: 1}\ntask: ${seen}\n"
        + CHECKED
        + "reference:\n  - files.read_text_file: {path: /w/a}\n    as: seen\n",
        "1:10",
        "a step of the reference keeps its answer as 'seen', too",
    ),
    "an answer used before it is kept": (
        "task: t\n" + CHECKED + "reference:\n  - say: ${seen.text}\n  - files.x: {}\n    as: seen\n",
        "4:5",
        "there is no parameter 'seen.text'",
    ),
    "keys that become equal": (
        "params: {who: a.txt}\ntask: t\nsuccess: {a: {file: /w/a.txt}}\nseeds: {}\nevents:\n"
        "  - {at: +1m, server: files, do: write, with: {path: p, text: t, '${who}': 1, a.txt: 2}}\n",
        "6:79",
        "'a.txt' stands here twice",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_complaints_name_the_place_and_what_is_known(tmp_path: Path, case: str) -> None:
    text, place, words = WRONG[case]
    path = write_scene(tmp_path, text + WORLD.lstrip())

    with pytest.raises(FileProblem) as caught:
        read_scenarios(path)

    assert str(caught.value).startswith(f"{path}:{place}: "), str(caught.value)
    assert words in str(caught.value)


def test_products_beyond_all_measure_are_refused_at_once(tmp_path: Path) -> None:
    many = ", ".join(map(str, range(1_000)))
    text = "params:\n" + "".join(f"  p{number}: [{many}]\n" for number in range(8)) + "task: t\n" + CHECKED + WORLD

    with pytest.raises(FileProblem, match=rf":1:1: params: .* variants \({VARIANTS_MAX} at most"):
        scenes(tmp_path, text)


def test_as_many_variants_as_are_allowed_are_read_in_no_time(tmp_path: Path) -> None:
    text = f"params: {{n: [{', '.join(map(str, range(VARIANTS_MAX)))}]}}\ntask: ${{n}}\nworld: bookshop\n" + CHECKED

    assert len({each.name for each in scenes(tmp_path, text)}) == VARIANTS_MAX


PLAIN = st.one_of(st.text(max_size=60), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False))


@given(st.lists(PLAIN, min_size=2, max_size=6, unique_by=lambda value: repr(value)))
def test_names_of_variants_differ_even_where_letter_case_counts_for_nothing(values: list[Any]) -> None:

    try:
        variants = read_variants(Document("f", {"params": {"value": values}}))
    except FileProblem as problem:
        assert "stands here twice" in str(problem)
        return

    names = [f"note{variant.label}" for variant in variants]
    files = [stem(name) for name in names]
    assert len({name.lower() for name in names}) == len(values) == len({file.lower() for file in files})
    assert all(len(file) < 200 and not set(file) & set('<>:"/\\|?*[]# ') and file.isprintable() for file in files)


def test_names_spell_texts_by_their_words_where_that_tells_them_apart(tmp_path: Path) -> None:
    texts = ["The Tulip Clerks", "Under Blue Ice", "Ünder blue ice!", "日本", "-- 7 --", "x" * 41, "Once " * 20]
    written = SALE.replace("[short, \"long and 'quoted'\"]", json.dumps(texts)).replace("[4990, 70]", "70")

    assert [each.name for each in scenes(tmp_path, written)] == [
        "note[note=the-tulip-clerks]",
        "note[note=#2]",
        "note[note=#3]",
        "note[note=#4]",
        "note[note=#5]",
        "note[note=#6]",
        "note[note=once-once-once-once-once-once-once-once]",
    ]
