"""Every step of an episode can be looked at and continued from, however long ago it was."""

import asyncio
from pathlib import Path

import pytest

from sandbox_server.errors import NotFound
from sandbox_server.history import History, ranges
from tests.worlds.test_world import desk, read, write
from worlds.blobs import FolderBlobs
from worlds.errors import ArchiveError


def keep_steps(history: History, count: int) -> None:
    world = desk()
    for step in range(count):
        with world.effect("agent"):
            write(world, "left", "/l/a.txt", f"step {step}")
        history.keep(step, world.fork())
    asyncio.run(history.make_room())


def test_old_steps_come_back_from_disk_as_they_were(tmp_path: Path) -> None:
    history = History(kept_max=3, spill=lambda: FolderBlobs(tmp_path))
    keep_steps(history, 10)

    assert history.known() == "0-9"
    assert [read(history.at(step), "left", "/l/a.txt") for step in (0, 4, 9)] == [b"step 0", b"step 4", b"step 9"]


def test_memory_keeps_the_last_and_the_pinned_steps_only() -> None:
    history = History(kept_max=3)
    keep_steps(history, 3)
    history.pin(0)
    keep_steps(history, 10)

    assert history.known() == "0, 7-9"
    with pytest.raises(NotFound, match="known: 0, 7-9"):
        history.at(5)


def test_steps_after_a_restore_point_are_forgotten() -> None:
    history = History()
    keep_steps(history, 5)
    history.forget_after(2)

    assert history.known() == "0-2"


def test_a_damaged_step_is_refused(tmp_path: Path) -> None:
    history = History(kept_max=1, spill=lambda: FolderBlobs(tmp_path))
    keep_steps(history, 3)
    for blob in tmp_path.iterdir():
        blob.write_bytes(b"damaged")

    with pytest.raises(ArchiveError):
        history.at(0)


def test_ranges_are_short() -> None:
    assert ranges(set()) == "none"
    assert ranges({1, 2, 3, 7, 9, 10}) == "1-3, 7, 9-10"


def keep_calm_steps(history: History, count: int) -> None:
    """Every twentieth step changes something; the clock moves in each."""
    world = desk()
    kept = world.fork()
    for step in range(count):
        world.clock.arrive()
        if step % 20 == 0:
            with world.effect("agent"):
                write(world, "left", "/l/a.txt", f"step {step}")
            kept = world.fork()
        still = world.without_parts()
        still.parts = kept.parts
        history.keep(step, still)
    asyncio.run(history.make_room())


def test_steps_in_which_nothing_happened_weigh_nothing() -> None:
    history = History(kept_max=2)

    keep_calm_steps(history, 100)

    assert history.known() == "60-99"
    assert [read(history.at(step), "left", "/l/a.txt") for step in (65, 99)] == [b"step 60", b"step 80"]


def test_steps_of_spilled_states_keep_their_own_clocks(tmp_path: Path) -> None:
    history = History(kept_max=2, spill=lambda: FolderBlobs(tmp_path))

    keep_calm_steps(history, 100)
    early, later = history.at(21), history.at(39)

    assert history.known() == "0-99"
    assert [read(world, "left", "/l/a.txt") for world in (early, later)] == [b"step 20", b"step 20"]
    assert later.clock.now_ns - early.clock.now_ns == 18 * later.clock.tick_ns


def test_after_a_cut_steps_begin_anew(tmp_path: Path) -> None:
    history = History(kept_max=2, spill=lambda: FolderBlobs(tmp_path))
    keep_calm_steps(history, 100)

    history.forget_after(30)

    assert history.known() == "0-30"
    with pytest.raises(NotFound, match="known: 0-30"):
        history.at(31)


def test_a_full_disk_costs_old_steps_and_nothing_else() -> None:
    def full() -> FolderBlobs:
        raise OSError(28, "No space left on device")

    history = History(kept_max=3, spill=full)
    keep_steps(history, 6)

    assert history.known() == "3-5"
