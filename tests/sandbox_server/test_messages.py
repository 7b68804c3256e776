"""JSON-RPC messages out of hostile bytes."""

import json
import time
from functools import cache

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox_server.dispatch.messages import DEPTH_MAX, VALUES_MAX, Unparsable, encode, encode_ascii, kind_of, parse

NUMBERS = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
BOMBS = {
    "backslashes": b"\\" * 4_000_000,
    "surrogates": b'"' + b"\\ud800" * 700_000,
    "open brackets": b"[" * 4_000_000,
    "many lists": b"[" + b"[]," * 1_300_000 + b"1]",
    "as many lists as are read": b"[" + b"[]," * (VALUES_MAX // 2 - 1) + b"1]",
    "many texts": b"[" + b'"ab",' * 800_000 + b"1]",
    "no UTF-8": b"\xff" * 4_000_000,
}


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_what_is_encoded_is_parsed_back(value: object) -> None:
    assert parse(encode(value)) == parse(encode_ascii(value)) == json.loads(json.dumps(value))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet='[]{}":,\\ud89aAfF0 ', max_size=40).map(str.encode))
def test_no_bytes_do_worse_than_being_refused(body: bytes) -> None:
    for lenient in (False, True):
        try:
            kind_of(parse(body, lenient=lenient))
        except Unparsable:
            continue


@pytest.mark.parametrize("bracket", [b"[%b]", b'{"a":%b}'])
def test_nesting_is_read_to_its_bound_and_no_further(bracket: bytes) -> None:
    def nested(levels: int) -> bytes:
        body = b"1"
        for _ in range(levels):
            body = bracket % body
        return body

    orjson.dumps({"entry": {"told": parse(nested(DEPTH_MAX))}})
    for levels in (DEPTH_MAX + 1, DEPTH_MAX + 200, 2_000):
        with pytest.raises(Unparsable):
            parse(nested(levels))


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_body_of_the_largest_size_costs_little(bomb: str) -> None:
    """In CPU time, measured by what Python's own reader takes for an innocent body of that size."""
    best = min(_seconds(BOMBS[bomb]) for _ in range(3))

    assert best < 2 * innocent_seconds()


@pytest.mark.parametrize("one", [b"1", b'""', b"[]", b'{"a":1}', b'"\\\\"', b'"\\\\\\""'])
def test_as_many_values_are_read_as_others_can_wait_for(one: bytes) -> None:
    """Each of them takes one comma and the marks of its own."""
    each = 1 + one.count(b"[") + one.count(b"{") + one.count(b":")
    few = VALUES_MAX // each - 1

    assert len(parse(b"[" + b",".join([one] * few) + b"]")) == few
    with pytest.raises(Unparsable):
        parse(b"[" + b",".join([one] * (few + 3)) + b"]")


@pytest.mark.parametrize("text", [",:[{" * 100_000, '"' * 100_000, '\\",' * 100_000, "\n,\\" * 100_000])
def test_texts_are_read_whatever_stands_in_them(text: str) -> None:
    value = {"jsonrpc": "2.0", "params": {"content": text, "more": [text, "\\"]}}

    assert parse(encode(value)) == value


@cache
def innocent_seconds() -> float:
    """CPU seconds for a list of two million numbers: about a tenth of one."""
    body = b"[" + b"1," * 1_999_999 + b"1]"
    found = []
    for _ in range(3):
        began = time.process_time()
        json.loads(body)
        found.append(time.process_time() - began)
    return min(found)


def _seconds(body: bytes) -> float:
    began = time.process_time()
    try:
        parse(body, lenient=True)
    except Unparsable:
        return time.process_time() - began
    return time.process_time() - began


def test_half_a_pair_of_surrogates_is_replaced_and_a_whole_one_kept() -> None:
    assert parse(rb'["\ud83d", "\uDE00x", "\ud83d\ude00", "\\ud83d", "\\\ud83d"]') == [
        "\ufffd", "\ufffdx", "😀", "\\ud83d", "\\\ufffd",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "kind", "lenient"),
    [
        ({"jsonrpc": "2.0", "id": 1, "method": "m"}, "request", "request"),
        ({"jsonrpc": "2.0", "id": "", "method": "m", "params": {}}, "request", "request"),
        ({"jsonrpc": "2.0", "method": "m"}, "notification", "notification"),
        ({"jsonrpc": "2.0", "id": None, "method": "m"}, "invalid", "notification"),
        ({"jsonrpc": "2.0", "id": True, "method": "m"}, "invalid", "notification"),
        ({"jsonrpc": "2.0", "id": 1, "method": "m", "params": []}, "invalid", "invalid"),
        ({"jsonrpc": "2.0", "id": 1, "method": 5}, "invalid", "invalid"),
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, "response", "response"),
        ({"jsonrpc": "2.0", "id": 1, "error": {}}, "response", "response"),
        ({"jsonrpc": "2.0", "id": 1}, "invalid", "invalid"),
        ({"id": 1, "method": "m"}, "invalid", "invalid"),
        ([], "invalid", "invalid"),
        (None, "invalid", "invalid"),
    ],
)
def test_messages_are_told_apart(message: object, kind: str, lenient: str) -> None:
    assert (kind_of(message), kind_of(message, lenient_ids=True)) == (kind, lenient)


def test_what_the_fast_encoder_refuses_is_encoded_all_the_same() -> None:
    assert json.loads(encode({"a": 2**70, "b": "\ud800"})) == {"a": 2**70, "b": "\ud800"}
