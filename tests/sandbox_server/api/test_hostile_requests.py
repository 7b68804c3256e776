"""Whatever is sent to the door of a service, it answers as a service does, and goes on."""

from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox_server.api.shop import shop
from tests.sandbox_server.api.stub import open_doors

pytestmark = pytest.mark.anyio
KEY: Final = {"authorization": "Bearer sk_live_1"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


PIECES = st.sampled_from([
    "charges", "ch_1", "%2e%2e", "..", "%00", "%zz", "%", "%C3%28", "a%2Fb", "", "{id}", "tags", "7", "1e9", "v1",
    "%F0%9F%92%A1", "x" * 3_000, "tokens", "%0d%0aX-Evil:%201", "null", "-0", "9" * 400,
])  # fmt: skip
QUERIES = st.sampled_from([
    "", "?", "?limit=x", "?limit=1&limit=2", "?created[gte]=5&created[", "?%zz=%zz", "?=&&=", "?limit=-1", "?a" * 50,
    "?limit=99999999999999999999999999", "?tags=a,b&ids=c&ids=d", "?created=5&created[gte]=6", "?limit=%00",
    "?cursor=%F0%28", "?status=paid;drop", "?limit=1e400", "?limit=NaN",
])  # fmt: skip
BODIES = st.one_of(
    st.sampled_from([
        b"", b"{", b"null", b"[]", b'"x"', b"7", b"NaN", b'{"amount":1e999}', b"[" * 900 + b"]" * 900, b"\xff\xfe{}",
        b'{"amount":5,"amount":6}', b'{"amount":' + b"9" * 5_000 + b"}", b'{"customer":{"id":{"x":[]}}}', b"a=1&a=2",
        b'{"id":"ch_1","amount":5}', b'{"amount":"\\ud800"}', b"{\"\\u0000\":1}", b'{"amount":true,"currency":[1]}',
        b"[" + b"1," * 40_000 + b"1]", b"--b\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\n",
    ]),
    st.binary(max_size=40),
)  # fmt: skip
KINDS = st.sampled_from([
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "multipart/form-data",
    "text/plain", "application/octet-stream", "application/vnd.api+json; charset=latin-1", "nonsense", "",
])  # fmt: skip
METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "REPORT"])


REQUESTS = st.tuples(st.lists(PIECES, max_size=4), QUERIES, BODIES, KINDS, METHODS)


@given(st.lists(REQUESTS, min_size=1, max_size=12))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
async def test_no_request_breaks_the_service(
    tmp_path: Path, requests: list[tuple[list[str], str, bytes, str, str]]
) -> None:
    async with open_doors(shop(tmp_path)) as doors:
        for pieces, query, body, kind, method in requests:
            target = "/" + "/".join(pieces) + query

            seen = await doors.ask(method, target, body, {**KEY, "content-type": kind})

            head = seen.raw.partition(b"\r\n\r\n")[0]
            assert 200 <= seen.status < 500, (method, target, body, kind, seen.raw)
            assert b"X-Evil:" not in head
        notes = [entry.notes for entry in doors.episode.ledger.entries]

    assert len(notes) == len(requests)
    assert [each["broke"] for each in notes if "broke" in each] == []
