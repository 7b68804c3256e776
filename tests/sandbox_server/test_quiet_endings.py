"""Connections that rules break are broken on purpose: nobody's log complains of them."""

import logging

import pytest

from tests.sandbox_server.conftest import Serve
from tests.sandbox_server.test_faults_on_the_wire import put
from tests.sandbox_server.wire import HELLO, rpc

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "closed"])
async def test_no_log_complains_of_an_answer_that_was_meant_to_be_lost(
    serve: Serve, kind: str, phase: str, caplog: pytest.LogCaptureFixture
) -> None:
    served = await serve("python")
    put(served.episode, {"method": "*", "fault": kind, "phase": phase})

    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            seen = await served.send(rpc("initialize", HELLO))
            assert seen.raw == b""

    assert [record.getMessage() for record in caplog.records] == []
