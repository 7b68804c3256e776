"""Whatever stands in a scenario's file: it is read, or refused with a place; nothing else happens."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.staging.planning import plan_scenarios, read_scenarios
from tests.harness.scenes import write_scene
from worlds.yamlfile import Document, FileProblem

KEYS = [
    "params", "task", "world", "success", "guard", "milestones", "reference", "events", "limits", "seeds", "reward",
    "judge", "workdir", "soundstage", "scenario", "description", "users", "colour",
]  # fmt: skip
WORDS = [
    "${a}", "${a.b}", "$${a}", "${", "t", "", "files", "+1m", "a > 1", "select ${a}", "'${a}'", "files:/w/**", "shop.x",
    "/w/a", "write", "error", "bookshop", "x" * 300, "\u0000", "\ud800",
]  # fmt: skip
INNER = [
    "base", "with", "clock", "servers", "kind", "may_change", "never", "name", "when", "sql", "is", "file", "worth",
    "at", "server", "do", "say", "as", "expect", "files.x", "a", "parameters", "calls", "said", "steps", "path",
]  # fmt: skip
SCALARS = st.one_of(st.sampled_from(WORDS), st.integers(-3, 10**20), st.booleans(), st.none(), st.floats())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(INNER) | st.integers(0, 2), inner, max_size=4)
    ),
    max_leaves=12,
)
GOOD: dict[str, Any] = {
    "task": "t",
    "world": {"world": "w", "servers": {"files": {"kind": "filesystem", "root": "/w", "tree": {"a": "b"}}}},
    "success": {"a": {"file": "/w/a"}},
}


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4), st.lists(VALUES, max_size=3))
def test_any_data_is_read_or_refused_in_words(odd: dict[str, Any], params: list[Any]) -> None:
    data = {**GOOD, "params": {"a": params}, **odd}

    try:
        scenarios = plan_scenarios(Document("odd.yaml", data), Path("odd.yaml"))
    except FileProblem as problem:
        assert str(problem).startswith("odd.yaml:1:1: ")
    else:
        assert scenarios


HOSTILE = {
    "aliases that multiply": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)),
    "an alias inside itself": "params: &a {x: *a}\ntask: t\n",
    "a list inside itself": "task: t\nsuccess: &a\n  x: {file: /w, rows: [*a]}\n",
    "depth": "task: " + "[" * 600 + "]" * 600 + "\n",
    "a scalar": "task\n",
    "a list": "- task: t\n",
    "nothing": "",
    "keys that are lists": "task: t\n? [a, b]\n: c\n",
    "a tag": "task: !!python/object:os.system x\n",
    "bytes": "task: \x01\n",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_yaml_is_refused_with_a_place(tmp_path: Path, case: str) -> None:
    path = write_scene(tmp_path, HOSTILE[case])

    with pytest.raises(FileProblem) as caught:
        read_scenarios(path)

    assert str(caught.value).startswith(f"{path}:")


def test_huge_texts_with_many_marks_are_filled_in_no_time(tmp_path: Path) -> None:
    text = "params: {a: [1, 2]}\ntask: '" + "${a} $${b} " * 5_000 + "'\nworld: bookshop\nsuccess: {a: {file: /w}}\n"

    assert [len(each.task) for each in read_scenarios(write_scene(tmp_path, text))] == [35_000, 35_000]


def test_quotes_that_never_end_cost_no_time(tmp_path: Path) -> None:
    sql = "select ${a} " + "$x$ $y " * 3_000 + "/* '" * 2_000
    text = f'params: {{a: 1}}\ntask: t\nworld: bookshop\nsuccess: {{a: {{sql: "{sql}", is: 1}}}}\n'

    assert len(read_scenarios(write_scene(tmp_path, text))) == 1
