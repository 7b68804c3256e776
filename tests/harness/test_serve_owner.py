"""`soundstage reset` and `soundstage tail`: they find the stage, and follow it through a restart."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.stages import WAIT_S, WORLD, Agent, House, Process, opened_house, owner, words_of


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path) as opened:
        yield opened


def test_reset_finds_the_stage_and_answers_with_the_first_digest(house: House) -> None:
    stage = house.serve()
    with Agent(stage.ready["servers"]["files"]) as agent:
        agent.call("write_file", path="/w/b.txt", content="x")

        status, out, _ = house.run("reset", "--json")
        assert (status, json.loads(out[0])["digest"]) == (0, stage.ready["digest"])
        assert agent.call("list_directory", path="/w") == "[FILE] a.txt"
    address = ("--admin", f"{stage.ready['admin']}/admin/v1", "--admin-token", stage.ready["token"])
    for words in (["pad.yaml"], [house.folder / "pad.yaml"], address):
        status, out, _ = house.run("reset", *words)
        assert (status, stage.ready["digest"] in out[0]) == (0, True)
    status, _, err = house.run("reset", *address[:3], "wrong")
    assert (status, "not the stage's admin token" in words_of(err)) == (2, True)
    status, _, err = house.run("reset", "other.yaml")
    assert (status, "not being served" in words_of(err)) == (2, True)


def test_several_stages_are_told_apart_by_their_worlds(house: House) -> None:
    (house.folder / "other.yaml").write_text(WORLD.replace("one", "uno"))
    stages = {name: house.serve(world=name) for name in ("pad.yaml", "other.yaml")}

    status, _, err = house.run("reset")
    assert (status, "several stages are running" in words_of(err)) == (2, True)
    for name, stage in stages.items():
        status, out, _ = house.run("reset", name)
        assert (status, stage.ready["digest"] in out[0]) == (0, True)


def test_tail_shows_what_comes_and_goes_on_after_a_restart(house: House) -> None:
    first = house.serve()
    with Agent(first.ready["servers"]["files"]) as agent:
        agent.call("read_text_file", path="/w/a.txt")
    tail, whole = house.start("tail"), house.start("tail", "--all", "--json")
    assert "read_text_file" in whole.out.until("read_text_file")[-1]
    await_followers(first, 2)

    with Agent(first.ready["servers"]["files"]) as agent:
        agent.call("write_file", path="/w/b.txt", content="first")
    assert "content=first ok" in tail.out.until("write_file")[-1]
    first.stop()
    second = house.serve()
    await_followers(second, 2)
    with Agent(second.ready["servers"]["files"]) as agent:
        agent.call("write_file", path="/w/c.txt", content="second")

    assert "content=second ok" in tail.out.until("content=second")[-1]
    numbers = [json.loads(line)["number"] for line in whole.out.until("second")]
    assert numbers == sorted(set(numbers), key=numbers.index)
    assert tail.stop(signal.SIGINT) == 130
    assert whole.stop(signal.SIGTERM) == 0
    assert "Traceback" not in words_of([*tail.err.rest(), *whole.err.rest()])


def await_followers(stage: Process, count: int) -> None:
    """Wait until so many follow the ledger: a `tail` says nothing when it begins."""
    deadline = time.monotonic() + WAIT_S
    with owner(stage.ready) as own:
        while f"soundstage_ledger_followers {count}\n" not in own.get("/metrics").text:
            assert time.monotonic() < deadline, "they do not follow"
            time.sleep(0.02)
