"""Hostile changes of faults over the admin API: each is refused with a problem, and none has an effect."""

import json
from typing import Any, Final

import pytest

from tests.sandbox_server.owned import owned

pytestmark = pytest.mark.anyio
HERE: Final = "/episodes/default/faults"
DEEP: Final = b'{"a":' * 5_000 + b"1" + b"}" * 5_000
RULE: Final = {"name": "r", "fault": "tool_error"}
BODIES: Final[list[tuple[str, str, Any]]] = [
    ("PUT", "", None), ("PUT", "", []), ("PUT", "", {"profiles": {}}), ("PUT", "", {"profiles": [None]}),
    ("PUT", "", {"profiles": ["../../etc/passwd"]}), ("PUT", "", {"profiles": ["/etc/passwd"]}),
    ("PUT", "", {"profiles": ["\x00"]}), ("PUT", "", {"profiles": ["calm"] * 65}),
    ("PUT", "", {"profiles": ["a" * 9_000]}),
    ("PUT", "", {"profiles": [], "seed": -1}), ("PUT", "", {"profiles": [], "seed": 1 << 63}), ("PUT", "", {"x": 1}),
    ("PUT", "", b'{"profiles": [' + DEEP + b"]}"), ("PUT", "", b'{"profiles": [NaN]}'), ("PUT", "", b"\xff\xfe"),
    ("PUT", "", b'{"profiles": [{"profile": "x", "rules": [{"fault": "tool_error", "with": {"text": "\\ud800"}}]}]}'),
    ("POST", "", {}), ("POST", "", {"profile": "calm", "rules": []}), ("POST", "", {"rules": [RULE] * 501}),
    ("POST", "", {"rules": [RULE, RULE]}), ("POST", "", {"rules": [{**RULE, "on": "shop.*", "nth": "x"}]}),
    ("POST", "", {"rules": [RULE], "expires_in": -1}), ("POST", "", {"rules": [RULE], "expires_in": "9" * 99 + "d"}),
    ("POST", "", {"rules": [{**RULE, "transport": "stdio", "fault": "reset"}]}),
    ("POST", "", {"rules": [{**RULE, "where": {"a": {"matches": "(" * 9_000}}}]}),
    ("PATCH", "", {"name": "calm"}), ("PATCH", "", {"name": "no/no", "patch": {"nth": 1}}),
    ("PATCH", "", {"name": 5, "enabled": True}), ("PATCH", "", {"name": "calm", "patch": []}),
    ("POST", "/fire", {"rule": "/"}), ("POST", "/fire", {"rule": ["x"]}), ("POST", "/fire", None),
    ("POST", "/explain", {"server": "shop"}), ("POST", "/explain", {"server": "shop", "tool": 1}),
    ("POST", "/explain", {"server": "shop", "tool": "do", "transport": "pigeon"}), ("POST", "/reset", {"x": 1}),
]  # fmt: skip


async def test_whatever_is_asked_is_refused_and_changes_nothing() -> None:
    async with owned() as own:
        for verb, path, body in BODIES:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = {"content-type": "application/json"}
            answer = await own.client.request(verb, HERE + path, content=data, headers=headers)
            problem = answer.json()
            assert 400 <= answer.status_code < 500, (verb, path, body, answer.text[:200])
            assert answer.headers["content-type"] == "application/problem+json"
            assert problem["code"] and problem["detail"] and "Traceback" not in answer.text
            assert len(answer.text) < 20_000, (verb, path)
        shown = await own.ask("GET", HERE)

        assert (shown["revision"], shown["profiles"], shown["idle"]) == (0, [], True)
        assert await own.sell(3) == "done"


@pytest.mark.parametrize("tag", ['"7"', "0", 'W/"0"', '"0", "1"', "", "\u00e9"])
async def test_only_the_very_revision_that_was_seen_may_be_changed(tag: str) -> None:
    async with owned() as own:
        headers = {b"if-match": tag.encode("latin-1")}
        answer = await own.client.request("PUT", HERE, json={"profiles": ["calm"]}, headers=headers)

        assert answer.status_code == 412
        assert (await own.ask("GET", HERE))["revision"] == 0
