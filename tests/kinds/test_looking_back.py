"""What happened on servers of every kind can be played again, looked at, compared and judged anew."""

import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.harness.agents import PRELUDE, agent
from tests.harness.command import Command, start
from tests.harness.scenes import record_of
from tests.kinds.town import KINDS, write_scenario, write_town

LINES: list[dict[str, Any]] = [
    {f"{server}.{tool}": dict(arguments)}
    for server, each in KINDS.items()
    for tool, arguments in (each.read, each.write)
]
EVENTS = [
    {"at": "+1m", "server": server, "do": each.event[0], "with": dict(each.event[1])}
    for server, each in KINDS.items()
    if each.event
]
SUM = " + ".join(f"(select count(*) from {each.table})" for each in KINDS.values())
BEFORE = re.sub(r"from (\w+\.\w+)", r"from before.\1", SUM)
EPISODE = "runs/episodes/scene-1.jsonl"
PATIENCE_S = 120.0
"""Only what hangs takes so long."""
CALL_ON = """
def call_on(name, tool, arguments):
    global server
    server = name
    globals().pop("session", None)
    return call(tool, **arguments)
"""


def write_all(folder: Path, **parts: Any) -> None:
    """A scenario in which something of every kind is read, written, changed beforehand and by others."""
    write_town(folder)
    changes = {server: each.merged for server, each in KINDS.items()}
    parts = {"reference": [*LINES, {"wait": "2m"}, *LINES[::2], {"say": "Done."}], "events": EVENTS, **parts}
    success = {"grown": {"sql": f"select ({SUM}) - ({BEFORE})", "at_least": 7}, "said": {"said": {"matches": "Done"}}}
    write_scenario(folder, world={"base": "town.yaml", "with": changes}, **{"success": success, **parts})


def test_episodes_are_played_again_to_the_same_bytes(soundstage: Command, tmp_path: Path) -> None:
    write_all(tmp_path)
    ran = soundstage("run", "scene.yaml", "--agent", "script:reference", "--out", "runs")
    assert ran.status == 0, ran.out + ran.err
    again = soundstage("run", "scene.yaml", "--agent", "script:reference", "--out", "more")
    replayed = soundstage("replay", EPISODE)

    assert again.status == 0
    assert record_of(tmp_path / EPISODE) == record_of(tmp_path / EPISODE.replace("runs", "more"))
    assert "every byte the same" in replayed.out, replayed.out
    assert "They do the same" in soundstage("diff", EPISODE, EPISODE.replace("runs", "more")).out


def test_states_on_the_way_can_be_asked_and_scored_anew(soundstage: Command, tmp_path: Path) -> None:
    write_all(tmp_path)
    soundstage("run", "scene.yaml", "--agent", "script:reference", "--out", "runs")
    told = soundstage("show", EPISODE).out
    for number, (server, each) in enumerate(KINDS.items()):
        asked = f"select count(*) - (select count(*) from before.{each.table}) as grown from {each.table}"
        before, after = (
            int(soundstage("show", EPISODE, "--at", step, "--sql", asked).out.split()[-1])
            for step in (2 * number + 1, 2 * number + 2)
        )
        assert after > before, server
        assert f"{server}.{each.write[0]}" in told
    assert "text: Which of the two should stay?" in told and "subject: May I?" in told

    scored = soundstage("score", "runs", "--regrade", "--json")
    assert scored.status == 0, scored.err
    assert json.loads((tmp_path / EPISODE).read_text().splitlines()[-1])["outcome"] == "success"


def test_failures_are_taken_apart_on_every_kind(soundstage: Command, tmp_path: Path) -> None:
    rules = [{"on": f"{server}.{each.write[0]}", "fault": "unavailable", "nth": 1} for server, each in KINDS.items()]
    lines = [{**line, "expect": "error"} if number % 2 else line for number, line in enumerate(LINES)]
    write_all(tmp_path, faults=rules, reference=[*lines, {"say": "Done."}], events=[])
    ran = soundstage("run", "scene.yaml", "--agent", "script:reference", "--out", "runs")
    assert "failed" in ran.out, ran.out
    blamed = soundstage("blame", EPISODE, "--json")

    assert blamed.status == 0, blamed.err
    assert "every byte the same" in soundstage("replay", EPISODE).out


def test_killed_runs_go_on_with_worlds_of_every_kind(soundstage: Command, tmp_path: Path) -> None:
    write_all(tmp_path, events=[])
    calls = "".join(f"call_on({name!r}, {each.write[0]!r}, {dict(each.write[1])!r})\n" for name, each in KINDS.items())
    waits = "\n".join([
        "import pathlib", "gate, seen = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])",
        PRELUDE.replace('["files"]', "[server]"), CALL_ON, calls, "with seen.open('a') as file: file.write('x')",
        "while len(seen.read_text()) > 1 and not gate.exists(): time.sleep(0.02)", "answer('Done')",
    ])  # fmt: skip
    command = agent(tmp_path, waits, f"{tmp_path / 'gate'} {tmp_path / 'seen'}")
    words = ("--agent", command, "--trials", 2, "--out", "runs")
    process = start(tmp_path, "run", "scene.yaml", *words)
    deadline = time.monotonic() + PATIENCE_S
    while not ((tmp_path / "seen").exists() and len((tmp_path / "seen").read_text()) == 2):
        assert time.monotonic() < deadline and process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE_S)
    (tmp_path / "gate").touch()
    resumed = soundstage("run", "--resume", "runs")

    assert "2/2" in resumed.out, resumed.out + resumed.err


@pytest.mark.parametrize("verb", ["replay"])
def test_what_cannot_be_done_with_a_real_server_is_refused_with_the_reason(
    soundstage: Command, tmp_path: Path, verb: str
) -> None:
    write_town(tmp_path, outside=True)
    write_scenario(tmp_path, reference=[{"counter.count": {}}, {"say": "Done."}])
    assert soundstage("run", "scene.yaml", "--agent", "script:reference", "--out", "runs").status == 0
    refused = soundstage(verb, EPISODE)

    assert refused.status != 0 and "keeps its own state" in refused.err and "Traceback" not in refused.err
