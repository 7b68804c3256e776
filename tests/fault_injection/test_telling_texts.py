"""Texts that owners write into rules are refused where they would tell an agent that it is tested."""

from collections.abc import Mapping
from typing import Any

import pytest

from fault_injection.errors import FaultError
from fault_injection.fault import faults
from fault_injection.profile import find_profile, inline_profile, library_names
from fault_injection.rule import patched, rule_of
from fault_injection.telling import telling_word
from tests.fault_injection.test_kinds import GIVEN
from worlds.yamlfile import FileProblem, parse_yaml

WRITTEN: list[tuple[str, str]] = [
    ("tool_error", "{text: the mock server is down}"),
    ("tool_error", "{text: Simulated failure}"),
    ("rpc_error", "{code: -32000, message: injected}"),
    ("rpc_error", "{code: -32000, message: no, data: {source: CHAOS monkey}}"),
    ("rpc_error", "{code: -32000, message: no, data: {sandbox_id: 4}}"),
    ("junk_line", "{line: soundstage started}"),
    ("interruption", "{event: {do: append, with: {path: a.txt, text: a fake_mail}}}"),
]


def load(text: str) -> Any:
    document = parse_yaml(text, "p.yaml")
    return rule_of(document, (), document.data)


@pytest.mark.parametrize(("kind", "settings"), WRITTEN)
def test_a_telling_text_is_refused_with_its_place_and_word_unless_insisted_on(kind: str, settings: str) -> None:
    with pytest.raises(FileProblem) as refused:
        load(f"fault: {kind}\nwith: {settings}\n")

    assert "p.yaml:2:" in str(refused.value) and "knows that this was arranged" in str(refused.value)
    assert "telling: true" in str(refused.value.hint)
    assert load(f"fault: {kind}\nwith: {settings}\ntelling: true\n").written["telling"] is True


@pytest.mark.parametrize("text", ["hammock sale", "refaked", "unsimulated", "the orders are down", "Chaise longue"])
def test_words_that_only_contain_one_are_let_through(text: str) -> None:
    assert telling_word(text) is None and load(f"fault: tool_error\nwith: {{text: {text}}}\n")


def test_every_kind_of_fault_refuses_telling_texts_in_whatever_setting_takes_one() -> None:
    """Over the registry: each setting that may be a text is tried, however deep its kind is."""
    tried = 0
    for name, kind in faults:
        given = GIVEN.get(name, {})
        for setting, field in kind.model_fields.items():
            if "str" not in str(field.annotation):
                continue
            tried += 1
            rule: Mapping[str, Any] = {"fault": name, "with": {**given, setting: "a mock"}}
            with pytest.raises(FaultError):
                inline_profile([rule])
    assert tried > 5


def test_patches_are_looked_at_as_well() -> None:
    rule = inline_profile([{"name": "r", "fault": "tool_error"}]).rules[0]

    with pytest.raises(FaultError, match="arranged"):
        patched(rule, {"with": {"text": "sandbox error"}})


def test_every_kind_and_every_rule_of_the_library_states_how_to_recover() -> None:
    for _, kind in faults:
        assert kind.recovery.strip().endswith(".") and len(kind.recovery.split()) >= 4, kind
    for name in library_names():
        for rule in find_profile(name).rules:
            assert rule.recover.strip(), rule.name
