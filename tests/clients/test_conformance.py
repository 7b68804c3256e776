"""The official conformance suite, through our own routing: all scenarios that apply to a server with tools only."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox_server.carriers.http import serve_agents
from sandbox_server.stage import Stage
from tests import tools
from tests.clients.fixture import SCENARIOS, fixture
from tests.clients.processes import finished

pytestmark = pytest.mark.anyio

SUITES = {
    "0.1.16": ("@modelcontextprotocol/conformance", ["--suite", "all"]),
    "0.2.0-alpha.12": ("@modelcontextprotocol/conformance-next", ["--requirements", "2026-07-28"]),
}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    stage = Stage()
    stage.open(fixture(), token="token")
    async with serve_agents(stage) as listener:
        yield f"{listener.url}/token/plain/mcp"


async def checks(version: str, url: str, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What a suite checked, by scenario; it also runs what does not apply here."""
    package, options = SUITES[version]
    program = tools.require_node_package(package) / "dist" / "index.js"
    await finished(tools.node(), program, "server", "--url", url, *options, "-o", folder, cwd=folder)
    return _read(folder)


def _read(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {_scenario(path): json.loads(path.read_text()) for path in folder.rglob("checks.json")}


def _scenario(path: Path) -> str:
    """The scenario that a folder of results, named after it and the time, belongs to."""
    return re.sub(r"^server-(.*?)-\d{4}-\d\d-\d\dT.*$", r"\1", path.parent.name)


@pytest.mark.parametrize("version", SUITES)
async def test_every_scenario_for_servers_with_tools_passes(version: str, url: str, tmp_path: Path) -> None:
    seen = await checks(version, url, tmp_path)

    wanted = SCENARIOS[version]
    complaints = [
        f"{scenario}: {check['id']}: {check.get('errorMessage')}"
        for scenario in wanted
        for check in seen.get(scenario, [{"id": "ran", "status": "FAILURE"}])
        if check["status"] == "FAILURE"
    ]

    assert complaints == []
    assert all(seen[scenario] for scenario in wanted), "a scenario that checks nothing proves nothing"
