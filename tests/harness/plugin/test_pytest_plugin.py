"""The fixture and the marker `soundstage` in suites of agents' own."""

import subprocess
import sys

import pytest

from tests.harness.command import ROOT
from tests.harness.plugin.conftest import Suite

WRITES = '    soundstage.call("files", "write_file", {"path": "/workspace/out.txt", "content": "hello"})\n'
TEST = 'import pytest\n\n@pytest.mark.soundstage("note.yaml")\ndef test_it(soundstage):\n'


def test_an_episode_its_servers_faults_and_checks_in_three_lines(suite: Suite) -> None:
    code = f"{TEST}{WRITES}    soundstage.check(answer='done')\n"

    suite(code).assert_outcomes(passed=1)


def test_everything_that_is_promised_is_there(suite: Suite) -> None:
    code = f"""
import json, pytest

@pytest.mark.soundstage("note.yaml", seed=7, clock="virtual")
def test_it(soundstage):
    assert soundstage.task.startswith("Write hello") and soundstage.episode.seed == 7
    assert soundstage.servers["files"].startswith("http://127.0.0.1:")
    assert soundstage.mcp_config["mcpServers"]["files"]["url"] == soundstage.servers["files"]
    assert json.loads(soundstage.mcp_config_file.read_text()) == soundstage.mcp_config
    assert "soundstage" not in soundstage.mcp_config_file.name and soundstage.services == {{}}
    assert soundstage.diff() == [] and len(soundstage.steps) == 0
    soundstage.wait(60)
{WRITES}    [step] = soundstage.steps
    assert (step.action.tool, step.world_time[:16]) == ("write_file", "2026-03-02T09:01")
    assert [change.path for change in soundstage.diff()] == ["files:/workspace/out.txt"]
    verdict = soundstage.score("nothing")
    assert not verdict.success and soundstage.check("done").reward > 0.9
"""
    suite(code).assert_outcomes(passed=1)


def test_a_failed_check_says_what_was_found_what_changed_and_what_was_called(suite: Suite) -> None:
    code = f"{TEST}{WRITES.replace('hello', 'help')}    soundstage.check(answer='finished')\n"

    result = suite(code)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*AssertionError: *note.yaml: failure*",
            "*✗ written: expected *hello*found *help*",
            "*✗ said: *",
            "*The agent's answer:*",
            "*'finished'*",
            "*What changed since the start:*",
            "*+ files:/workspace/out.txt*",
            "*The last of 1 calls:*",
            "*1  files.write_file *",
            "*World seed 1; faults in force: none*",
            "*- what was called in the world -*",
            "*1  files.write_file *out.txt*",
        ]
    )
    assert "harness/testing" not in result.stdout.str()


def test_calls_are_shown_when_a_test_fails_for_a_reason_of_its_own(suite: Suite) -> None:
    result = suite(f"{TEST}{WRITES}    assert False\n")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*what was called in the world*", "*files.write_file*"])


FAULTY = """
import pytest

READ = ("files", "read_text_file", {"path": "/workspace/a.txt"})

@pytest.mark.soundstage("note.yaml", faults="down.yaml")
def test_it(soundstage):
    assert soundstage.faults.profiles == ["down"]
    assert soundstage.call(*READ).failed
    soundstage.faults.off("down")
    assert not soundstage.call(*READ).failed
    soundstage.faults.on("down/always")
    soundstage.faults.on("down")
    assert soundstage.call(*READ).failed
    soundstage.faults.put()
    assert soundstage.faults.rules == [] and not soundstage.call(*READ).failed
    with soundstage.faults.during("down.yaml"):
        assert soundstage.call(*READ).failed
    assert not soundstage.call(*READ).failed
    assert [step.failed for step in soundstage.steps] == [True, False, True, False, True, False]
    assert soundstage.steps[0].true_result is not None
"""
DOWN = """
soundstage: 1
profile: down
description: Reading fails.
rules:
  - {name: always, on: files.read_text_file, fault: tool_error}
"""


def test_faults_are_toggled_live(suite: Suite, pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", down=DOWN)

    suite(FAULTY).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        ("", "*no scenario is named*@pytest.mark.soundstage(\"refund.yaml\"*"),
        ('"note.yaml", "b.yaml"', "*takes one scenario*"),
        ('"note.yaml", sed=7', "*'sed' is no argument*known: scenario, faults, seed, clock*"),
        ('"note.yaml", seed="7"', "*seed='7'*accepted: a whole number*"),
        ('"note.yaml", clock="fast"', "*clock='fast'*'virtual' or 'flowing' or 'real'*"),
        ('"note.yaml", faults=7', "*faults=7*accepted: the name or file of a profile*"),
        ('"note.yaml", faults="no-such"', "*no-such*"),
        ('"nowhere.yaml"', "*nowhere.yaml*"),
        ("7", "*scenario=7*accepted: a path*"),
    ],
)  # fmt: skip
def test_bad_markers_are_refused_in_a_line_that_helps(suite: Suite, marker: str, words: str) -> None:
    result = suite(TEST.replace('"note.yaml"', marker) + "    pass\n")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([words])
    assert "Traceback" not in result.stdout.str()
    assert "harness/" not in result.stdout.str()


def test_markers_of_modules_classes_and_tests_add_up_and_parameters_replace_them(suite: Suite) -> None:
    code = """
import pytest

pytestmark = pytest.mark.soundstage("note.yaml", seed=3)

class TestIt:
    pytestmark = pytest.mark.soundstage(clock="virtual")

    @pytest.mark.soundstage(seed=5)
    def test_added(self, soundstage):
        assert soundstage.episode.seed == 5

    def test_left(self, soundstage):
        assert soundstage.episode.seed == 3

@pytest.mark.parametrize("soundstage", [{"seed": 8}, {"seed": 9}], indirect=True)
def test_parameters(soundstage, request):
    assert soundstage.episode.seed == request.node.callspec.params["soundstage"]["seed"]

@pytest.mark.parametrize("seed", [pytest.param(1, marks=pytest.mark.soundstage(seed=1))])
def test_marked(soundstage, seed):
    assert soundstage.episode.seed == seed

@pytest.mark.parametrize("soundstage", ["bookshop"], indirect=True)
def test_a_world(soundstage):
    assert "shop" in soundstage.servers and soundstage.task == ""
"""
    suite(code).assert_outcomes(passed=6)


REAL = """
import anyio
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

async def act(url):
    async with streamable_http_client(url) as (read, write, *_), ClientSession(read, write) as session:
        await session.initialize()
        await session.call_tool("write_file", {"path": "/workspace/out.txt", "content": "hello"})

@pytest.mark.soundstage("note.yaml")
def test_from_a_synchronous_test(soundstage):
    anyio.run(act, soundstage.servers["files"])
    soundstage.check("done")

@pytest.mark.anyio
@pytest.mark.soundstage("note.yaml")
async def test_from_an_asynchronous_test(soundstage, anyio_backend):
    await act(soundstage.servers["files"])
    assert not soundstage.call("files", "list_directory", {"path": "/workspace"}).failed
    soundstage.check("done")

@pytest.mark.asyncio
@pytest.mark.soundstage("note.yaml")
async def test_with_asyncio_of_pytest(soundstage):
    await act(soundstage.servers["files"])
    soundstage.check("done")

@pytest.fixture
def anyio_backend():
    return "asyncio"

def test_workers(request):
    assert hasattr(request.config, "workerinput")
"""


def test_a_real_client_in_all_kinds_of_tests_side_by_side(suite: Suite, pytester: pytest.Pytester) -> None:
    result = suite(REAL, "-n", "2", apart=True)

    result.assert_outcomes(passed=4)


def test_suites_that_do_not_use_it_notice_nothing(suite: Suite) -> None:
    code = """
import sys

def test_nothing_else_is_imported():
    loaded = {name for name in sys.modules if name.split(".")[0] in ("harness", "worlds", "sandbox_server")}
    assert loaded == {"harness", "harness.pytest_plugin"}, loaded
    assert not {"mcp", "duckdb", "pydantic", "rich", "orjson", "apsw"} & set(sys.modules)
"""
    suite(code, "-p", "no:xdist", "-p", "no:schemathesis", apart=True).assert_outcomes(passed=1)


def test_importing_it_costs_next_to_nothing_beside_pytest() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import pytest, harness.pytest_plugin"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    own = [line for line in done.stderr.splitlines() if line.split("|")[-1].strip().startswith("harness")]

    assert [line.split("|")[-1].strip() for line in own] == ["harness", "harness.pytest_plugin"]
