"""How an agent's own tests use an episode: the fixture is there wherever Soundstage is installed."""

import asyncio

import pytest
from agent import open_on_sundays


@pytest.mark.soundstage("hours.yaml")
def test_the_hours_are_brought_up_to_date(soundstage):
    """The agent works over the servers of an episode, and the scenario's checks say how it did."""
    answer = asyncio.run(open_on_sundays(soundstage.servers["files"]))
    soundstage.check(answer)


@pytest.mark.soundstage("hours.yaml", faults="unreadable.yaml")
def test_a_disk_that_fails_once_is_got_over(soundstage):
    """A profile takes the place of the scenario's own faults."""
    answer = asyncio.run(open_on_sundays(soundstage.servers["files"]))

    soundstage.check(answer)
    assert [step.failed for step in soundstage.steps] == [True, False, False]


@pytest.mark.soundstage("hours.yaml")
def test_it_does_not_write_what_it_could_not_read(soundstage):
    """Faults are toggled live, and the world tells what changed."""
    soundstage.faults.put("unreadable.yaml")
    for _ in range(3):
        soundstage.faults.fire("unreadable/once")
        soundstage.call("files", "read_text_file", {"path": "/workspace/hours.txt"})

    assert soundstage.diff() == []
