"""YAML 1.2 core rules, and complaints that point at their cause."""

import json

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from worlds.yamlfile import FileProblem, parse_yaml


def test_only_the_core_words_are_special() -> None:
    text = (
        "[yes, No, on, null, ~, true, False, 0o17, 0x1F, 012, 1e3, .5, -.inf, 2026-03-02T09:00:00Z, '1', 1_000, 12:30]"
    )

    assert parse_yaml(text).data == [
        "yes", "No", "on", None, None, True, False, 15, 31, 12, 1000.0, 0.5, float("-inf"), "2026-03-02T09:00:00Z",
        "1", "1_000", "12:30",
    ]  # fmt: skip


def test_json_is_yaml_with_its_pairs_of_escapes() -> None:
    text = json.dumps({"a": "🎭 日本", "b": ["\\", "\t", "é"], "c": 1.5})

    assert parse_yaml(text).data == json.loads(text)


def test_folded_texts_are_joined_by_blanks_and_hold_nothing_else() -> None:
    document = parse_yaml("a: >-\n  one\n  two\n\n  three\nb: >\n  x\n  y\n")

    assert document.data == {"a": "one two\nthree", "b": "x y\n"}


def test_anchors_are_followed_and_places_are_kept() -> None:
    document = parse_yaml("a: &x {b: [1, 2]}\nc: *x\n", "f.yaml")

    assert document.data == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}
    assert document.places[("c",)] == (2, 1)
    assert document.places[("a", "b")] == (1, 8)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", r"f.yaml:3:1: the key 'a' stands here twice"),
        ("a: [1, 2", r"f.yaml:1:\d+: not valid YAML"),
        ("a:\n\t- 1\n", r"f.yaml:2:1: not valid YAML"),
        ("a: !!python/object:os.system x", "tag"),
        ("a: !secret x", "tag"),
        ("b: &b {x: 1}\na: {<<: *b}", "2:5: a key must be a plain text"),
        ("{[1]: 2}", "a key must be"),
        ("a: &a [*a]", "endless"),
        ("[" * 50_000, "f.yaml:1:101: not valid YAML: values lie more than 100 deep in each other"),
        ("{a: " * 50_000, "more than 100 deep"),
        ("\n".join(" " * depth + "a:" for depth in range(200)), "f.yaml:100:100: .* more than 100 deep"),
        ("a: \x07", "not valid YAML"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
    ],
)
def test_what_is_refused_names_file_line_and_column(text: str, said: str) -> None:
    with pytest.raises(FileProblem, match=said):
        parse_yaml(text, "f.yaml")


def test_aliases_cannot_multiply_without_end() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    with pytest.raises(FileProblem, match="far too large"):
        parse_yaml("\n".join(lines))


def test_aliases_cannot_nest_without_end() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 3_000))]

    with pytest.raises(
        FileProblem, match=r"^f.yaml:99:\d+: not valid YAML: values lie more than 100 deep in each other"
    ):
        parse_yaml("\n".join(lines), "f.yaml")


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Item(Closed):
    name: str = Field(min_length=1)
    worth: float = Field(default=0, ge=0)


class Model(Closed):
    inner: dict[str, int] = {}
    items: list[str | Item] | None = None
    named: dict[str, Item] = {}


def test_a_failed_validation_is_placed_at_its_value() -> None:
    document = parse_yaml("inner:\n  good: 1\n  bad: text\n", "w.yaml")

    with pytest.raises(ValidationError) as caught:
        Model.model_validate(document.data)
    assert str(document.refuse(caught.value)).startswith("w.yaml:3:3: inner.bad: a whole number is expected")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("iner: {}", "1:1: iner: this key is not known here (did you mean inner? also known: items, named)"),
        ("inner: {}\nx: 1", "2:1: x: this key is not known here (known: inner, items, named)"),
        ("inner: {}\nnamed: {a: {nam: x}}", "2:13: named.a.nam: this key is not known here (did you mean name? "
         "also known: worth)"),
        ("inner: {}\nnamed: {a: {name: ''}}", "2:13: named.a.name: a text that says something is expected"),
        ("inner: {}\nnamed: {a: {name: x, worth: -1}}", "2:22: named.a.worth: -1 is too little; 0 or more is accepted"),
    ],
)  # fmt: skip
def test_what_would_be_accepted_is_said(text: str, said: str) -> None:
    document = parse_yaml(text, "w.yaml")

    with pytest.raises(ValidationError) as caught:
        Model.model_validate(document.data)
    assert str(document.refuse(caught.value, (), Model)) == f"w.yaml:{said}"
