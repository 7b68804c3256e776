"""Whatever is sent, a service answers in its own words and stays whole."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.api.ground import IDA, service
from worlds.parts.api.exchange import ABSENT, Malformed

TEXTS = st.text(max_size=12) | st.sampled_from(["9" * 400, "-1", "../..", "%2e%2e", "\ud800", "null", "a[b]", "1e999"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
BODIES = VALUES | st.sampled_from([ABSENT, Malformed("nothing that can be read")])
FIELDS = st.dictionaries(
    st.sampled_from(["email", "name", "metadata", "customer", "amount", "charge", "text", "id"]), VALUES
)
PATHS = st.sampled_from(
    [
        "/customers",
        f"/customers/{IDA}",
        f"/customers/{IDA}/notes",
        f"/customers/{IDA}/notes/1",
        "/charges",
        "/refunds",
        "/quote",
    ]
) | st.builds("/customers/{}".format, TEXTS)
QUERIES = st.dictionaries(
    st.sampled_from(["limit", "starting_after", "ending_before", "sort", "fields", "page", "per_page", "amount_gte"]),
    TEXTS,
)
HEADERS = st.dictionaries(
    st.sampled_from(["if_match", "if_none_match", "idempotency_key", "content_type", "authorization", "cookie"]), TEXTS
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", ""])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(METHODS, PATHS, BODIES | FIELDS, QUERIES, HEADERS), max_size=4))
def test_nothing_that_is_sent_breaks_a_service(
    calls: list[tuple[str, str, Any, dict[str, str], dict[str, str]]],
) -> None:
    call = service()
    for method, path, body, query, headers in calls:
        response = call(method, path, body, query, **headers)
        call.part.settle("agent")

        assert 200 <= response.status < 500, response
    assert (call.part.digest(), call.part.marks_digest()) == call.part.recomputed()
