"""Whatever people write about faults is refused with its place and what is accepted, or does no harm at all."""

import json
from time import process_time
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fault_injection.errors import FaultError
from fault_injection.fault import Rewriting
from fault_injection.profile import profile_in
from tests.fault_injection.rules import Run, engine, profile
from tests.fault_injection.test_kinds import KINDS, scene

DEEP: Final[Any] = json.loads('{"a":' * 900 + "1" + "}" * 900)
FAULT: Final = {"fault": "tool_error"}
HOSTILE: Final[list[tuple[dict[str, Any], str]]] = [
    ({**FAULT, "nth": 10**400}, "63 bits are accepted"),
    ({**FAULT, "nth": -1}, "1 or more is accepted"),
    ({**FAULT, "nth": True}, "a whole number is expected"),
    ({**FAULT, "nth": []}, "nth.calls"),
    ({**FAULT, "probability": float("nan")}, "probability.p: nan"),
    ({**FAULT, "probability": float("inf")}, "1 or less is accepted"),
    ({**FAULT, "window": {"length": "9" * 30 + "d"}}, "31622400000 or less is accepted"),
    ({**FAULT, "window": {"length": "9" * 400 + "d"}}, "is no span of time"),
    ({**FAULT, "window": {"length": True}}, "a span of time is expected"),
    ({**FAULT, "probability": True}, "a number is expected"),
    ({**FAULT, "budget": {"times": True}}, "a whole number is expected"),
    ({**FAULT, "budget": {"times": "3"}}, "a whole number is expected"),
    ({**FAULT, "token_bucket": []}, "token_bucket.rates"),
    ({**FAULT, "token_bucket": ["1/s"] * 9}, "token_bucket.rates"),
    ({**FAULT, "token_bucket": {"rates": "1/s", "size": 10**12}}, "1000000000 or less is accepted"),
    ({**FAULT, "gcra": "0/s"}, "'0/s' is no rate; write it like 5/s"),
    ({**FAULT, "burst": {"good": "1ms", "bad": "1s"}}, "at least as long as a slot"),
    ({**FAULT, "sequence": "x" * 10_001}, "10000 characters"),
    ({**FAULT, "on": []}, "on"),
    ({**FAULT, "on": "x" * 201}, "on"),
    ({**FAULT, "where": {f"k{n}": 1 for n in range(33)}}, "where"),
    ({**FAULT, "where": {"a": {"matches": "a" * 1_001}}}, "where.a.matches"),
    ({**FAULT, "where": {"a": {"matches": "(" * 900}}}, "is no regular expression"),
    ({**FAULT, "where": {"a": {"matches": "(?=a)b"}}}, "no look-around"),
    ({**FAULT, "where": {"a": {"equals": DEEP}}}, "32 levels are accepted"),
    ({**FAULT, "budget": {"times": 10**50}}, "63 bits are accepted"),
    ({**FAULT, "with": {"text": "\ud800"}}, "must be valid Unicode"),
    ({"fault": "rpc_error", "with": {"data": DEEP}}, "32 levels are accepted"),
    ({"fault": "http_status", "with": {"status": 999}}, "accepted: 400, 401"),
    ({"fault": "oversized", "with": {"letters": 10**12}}, "8000000 or less is accepted"),
    ({"fault": "unit_shift", "with": {"factor": 1e308}}, "1e+06 or less is accepted"),
    ({"fault": "redirect", "with": {"location": "https://x\r\nevil: 1"}}, "does not fit the pattern"),
    ({"fault": "dribble", "transport": "http"}, "dribble exists only over stdio"),
    ({"fault": "latency", "with": {"percentiles": {"x": 1}}}, "a whole number is expected"),
    ({"fault": ["reset"]}, "a text is expected"),
]


@pytest.mark.parametrize(("rule", "words"), HOSTILE, ids=[words[:30] for _, words in HOSTILE])
def test_what_cannot_be_is_refused_in_no_time_with_words_that_help(rule: dict[str, Any], words: str) -> None:
    began = process_time()
    with pytest.raises(FaultError) as refused:
        profile_in({"profile": "x", "rules": [rule]})

    assert words in str(refused.value)
    assert process_time() - began < 1


@pytest.mark.parametrize("expression", ["(a+)+$", "(a|aa)+$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*x"])
def test_no_expression_takes_longer_than_its_text_is_long(expression: str) -> None:
    run = Run(engine(profile({**FAULT, "where": {"q": {"matches": expression}}})))
    began = process_time()
    for _ in range(20):
        run.call(arguments={"q": "a" * 50_000 + "!"})

    assert process_time() - began < 2


TEXTS: Final = st.one_of(
    st.sampled_from([
        "[" * 800 + "]" * 800, "{" * 5_000, '[{"a": 1' + "0" * 400 + "}]", '[{"a": 1e999}, {"a": NaN}]', "[]", "{}", "",
        '[{"a": -0.0}]', "[[], {}, null, [1]]", "\x00", "[1, {'a': 2}]", '{"rows": [], "more": [{}]}', "a\n" * 2_000,
        '[{"": 1}, {"": 2}]', "[{'a': {1, 2}}]", "['\\ud800']", '{"a": {"b": [{"c": 1}]}}',
    ]),
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=4),
                 lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
                 max_leaves=10).map(json.dumps),
    st.text(max_size=40),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.booleans())
def test_no_answer_of_a_tool_breaks_what_rewrites_it(text: str, repeated: bool) -> None:
    """Every kind makes another well-formed result of it, or leaves it."""
    result = {"content": [{"type": "text", "text": text}], **({"structuredContent": {"r": text}} if repeated else {})}
    before = json.dumps(result)
    for name, kind in KINDS:
        if isinstance(kind, Rewriting) and name != "oversized":
            made = kind.rewrite(result, scene(kind))
            assert made is None or json.loads(json.dumps(made)) != result, name
            assert json.dumps(result) == before, f"{name} changed what was handed in"
