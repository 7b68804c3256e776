"""Profiles as people write them: what is wrong is told with file, line and column, and what would be accepted."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fault_injection.errors import FaultError
from fault_injection.profile import find_profile, find_profiles, library_names, profile_of
from fault_injection.rule import patched
from fault_injection.schema import profile_schema
from tests.fault_injection.rules import profile
from worlds.errors import UnknownName
from worlds.merge import merged
from worlds.yamlfile import FileProblem, parse_yaml, read_yaml

WRONG = [
    ("profile: x\nrules:\n  - {fault: nope}", "p.yaml:3:6: there is no fault 'nope' (one of:"),
    (
        "profile: x\nrules:\n  - fault: latency\n    with: {fixd: 1}",
        "p.yaml:4:12: rules.0.with.fixd: this key is not known",
    ),
    (
        "profile: x\nrules:\n  - fault: latency\n    with: {fixed: soon}",
        "p.yaml:4:12: rules.0.with.fixed: 'soon' is no span",
    ),
    ("profile: x\nrules:\n  - {fault: reset, nth: 1, probability: 0.5}", "one trigger, not nth and probability"),
    ("profile: x\nrules:\n  - fault: reset\n    probability: 1.5", "p.yaml:4:5: rules.0.probability.p: "),
    ("profile: x\nrules:\n  - fault: reset\n    nth: {}", "give one of: calls, first, every"),
    ("profile: x\nrules:\n  - fault: short_body\n    phase: before", "p.yaml:4:5: short_body knows no phase 'before'"),
    ("profile: x\nrules:\n  - fault: reset\n    transport: stdio", "p.yaml:4:5: reset exists only over http"),
    ("profile: x\nrules:\n  - {fault: reset}\n  - {fault: reset}", "p.yaml:4:5: two rules are named"),
    ("profile: x\nrules:\n  - {fault: rpc_error, with: {code: -32001}}", "-32001 is what clients say"),
    ("profile: x\nrules:\n  - {fault: reset, window: 5s}", "window needs a mapping: start, length, every"),
    ("profile: x\nrules:\n  - {fault: reset, token_bucket: fast}", "'fast' is no rate"),
    ("profile: x\nrules:\n  - {fault: reset, where: {'a[': 1}}", "is no path"),
    ("profile: x\nrules:\n  - {fault: reset, where: {a: {matches: '('}}}", "is no regular expression"),
    ("profile: x\nrules:\n  - reset", "p.yaml:3:5: a rule is a mapping"),
    ("profile: X y\nrules: []", "p.yaml:1:1: profile: 'X y' does not fit the pattern"),
    ("profile: x\nrule: []", "p.yaml:2:1: rule: this key is not known here"),
    ("profile: x\nrules:\n - &a {fault: reset, on: [*a]}", "p.yaml:3:"),
    ("profile: x\nrules:\n  - {fault: reset, nth: -1}", "p.yaml:3:20: rules.0.nth.calls: -1 is too little"),
    (
        "profile: x\nrules:\n  - fault: reset\n    token_bucket: 3/week",
        "rules.0.token_bucket.rates: '3/week' is no rate",
    ),
    ("profile: x\nrules:\n  - fault: reset\n    nth: 99999999999999999999", "p.yaml:4:5: a number is too large"),
    (
        "profile: x\nrules:\n  - {fault: reset, nht: 1}",
        "p.yaml:3:20: rules.0.nht: this key is not known here (did you mean nth?",
    ),
    ("profile: x\nruls: []", "p.yaml:2:1: ruls: this key is not known here (did you mean rules?"),
    ("- 1", "p.yaml:1:1: the document: a mapping is expected"),
    ("", "p.yaml:1:1: "),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_is_wrong_is_told_with_its_place(text: str, words: str) -> None:
    with pytest.raises(FileProblem) as refused:
        profile_of(parse_yaml(text, "p.yaml"))

    assert words in str(refused.value)


KEYS = ["profile", "rules", "fault", "with", "nth", "on", "where", "budget", "latency", "x", ""]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_whatever_is_written_is_taken_or_refused(value: object) -> None:
    for data in (
        value,
        {"profile": "x", "rules": [value]},
        {"profile": "x", "rules": [{"fault": "latency", "with": value}]},
    ):
        document = parse_yaml("{}", "p.yaml")
        document.data = data
        try:
            profile_of(document)
        except FileProblem as refused:
            assert str(refused).startswith("p.yaml:1:1: ")


def test_the_built_in_profiles_fit_the_schema_for_editors() -> None:
    schema = jsonschema_rs.validator_for(profile_schema())
    folder = Path(__file__).parents[2] / "fault_injection" / "library"

    for name in library_names():
        document = read_yaml(folder / f"{name}.yaml")
        schema.validate(json.loads(json.dumps(document.data)))
        assert find_profile(name).name == name and find_profile(name).description.endswith(".")
        assert profile_of(document).to_json()["rules"] == document.data["rules"]


def test_profiles_are_composed_in_order_and_each_once(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("profile: own\nrules: [{fault: reset}]")

    assert [each.name for each in find_profiles("slow-lane+own.yaml+calm", tmp_path)] == ["slow-lane", "own", "calm"]
    with pytest.raises(FaultError, match="named twice"):
        find_profiles("calm+calm")
    with pytest.raises(UnknownName, match="there is no fault profile 'never'"):
        find_profiles("calm+never")


def test_names_do_not_depend_on_places_or_strength() -> None:
    one, other = {"fault": "reset", "probability": 0.1}, {"fault": "reset", "on": "shop.*"}

    assert profile(one, other).rules[0].name == profile(other, {**one, "probability": 0.9}).rules[1].name


def test_patches_change_keys_and_keep_the_name() -> None:
    (rule,) = profile({"fault": "latency", "with": {"fixed": "1s"}, "probability": 0.1}).rules
    changed = patched(rule, {"nth": 2, "with": {"fixed": "3s"}, "budget": {"times": 1}})

    assert (changed.name, changed.trigger.kind, changed.budget.times) == (rule.name, "nth", 1)
    assert changed.fault.model_dump()["fixed"] == 3_000 and "probability" not in changed.written
    with pytest.raises(FaultError, match="keeps its name"):
        patched(rule, {"name": "other"})
    with pytest.raises(FaultError, match=r"^with.fixed: 'x' is no span"):
        patched(rule, {"with": {"fixed": "x"}})


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(max_size=2), st.integers() | st.none(), max_size=4))
def test_a_merge_patch_takes_away_what_is_null(patch: dict[str, int | None]) -> None:
    after = merged({"a": 1, "b": {"c": 2}}, patch)

    assert all(after.get(key) == value for key, value in patch.items())
    assert None not in after.values()
