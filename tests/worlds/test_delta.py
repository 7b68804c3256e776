"""Deltas lead from dump to dump, in both directions, and packs keep them through kills and full disks."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.samples import SAMPLES, Sample
from tests.worlds.test_parts_conform import build, perform
from worlds.blobs import MemoryBlobs
from worlds.delta import delta_of, followed
from worlds.errors import ArchiveError
from worlds.pack import PackBlobs
from worlds.world import World

Built = tuple[World, Sample]


@pytest.fixture(params=sorted(SAMPLES))
def built(request: pytest.FixtureRequest) -> Iterator[Built]:
    world = build(request.param)
    yield world, SAMPLES[request.param]
    world.close()


def states(world: World, sample: Sample) -> list[World]:
    """The first state and the one after each operation."""
    found = [world.fork()]
    for index in range(len(sample.operations)):
        world.attempt(f"it.{index % 3}", b"{}")
        perform(world, sample, index, "agent" if index % 2 else "ida")
        found.append(world.fork(found[-1]))
    return found


def test_every_state_can_be_put_together_from_deltas(built: Built) -> None:
    blobs = MemoryBlobs()
    first, *later = states(*built)
    manifest, older = first.dump(blobs), first
    for state in later:
        manifest = followed(manifest, json.loads(json.dumps(delta_of(state, older, blobs))))
        loaded = World.load(manifest, blobs)

        assert loaded.state_digest() == state.state_digest()
        assert loaded.diff(World.load(first.dump(blobs), blobs)) == state.diff(first)
        older = state


def test_deltas_lead_back_as_well(built: Built) -> None:
    blobs = MemoryBlobs()
    found = states(*built)
    manifest = found[-1].dump(blobs)
    for newer, older in zip(found[:0:-1], found[-2::-1], strict=True):
        manifest = followed(manifest, delta_of(older, newer, blobs))

        assert World.load(manifest, blobs).state_digest() == older.state_digest()


def test_a_delta_mentions_only_parts_to_which_something_happened(built: Built) -> None:
    world, _ = built
    older = world.fork()
    world.clock.arrive()

    assert delta_of(world.fork(older), older, MemoryBlobs())["parts"] == {}


def test_nonsense_leads_nowhere(built: Built) -> None:
    manifest = built[0].dump(MemoryBlobs())
    wrong: list[dict[str, Any]] = [
        {},
        {"clock": {}},
        {"clock": {}, "content_digest": "", "parts": {"other": {}}},
        {"parts": 3},
    ]
    for delta in wrong:
        with pytest.raises(ArchiveError):
            followed(manifest, delta)


def test_what_was_flushed_is_there_for_the_next_reader(tmp_path: Path) -> None:
    pack = PackBlobs(tmp_path / "states")
    addresses = [pack.put(data) for data in (b"", b"short", b"long" * 1000, os.urandom(5000))]
    pack.flush()
    other = PackBlobs(tmp_path / "states")

    assert [pack.get(address) for address in addresses] == [other.get(address) for address in addresses]
    assert other.get(addresses[2]) == b"long" * 1000
    assert (tmp_path / "states/000001.pack").stat().st_size < 6000
    other.put(b"more")
    other.flush()
    assert PackBlobs(tmp_path / "states").get(addresses[1]) == b"short"
    pack.close()
    other.close()


def test_the_same_bytes_are_written_once(tmp_path: Path) -> None:
    pack = PackBlobs(tmp_path)
    for _ in range(3):
        pack.put(b"the same")
        pack.flush()
    again = PackBlobs(tmp_path)
    again.put(b"the same")
    again.flush()

    assert [path.stat().st_size for path in tmp_path.iterdir()] == [18 + 40 + 8]
    pack.close()


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 400))
def test_a_pack_is_readable_however_it_was_cut_short(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("cut")
    pack = PackBlobs(folder)
    contents = [bytes([number]) * 30 for number in range(5)]
    addresses = [pack.put(content) for content in contents]
    pack.close()
    path = folder / "000001.pack"
    path.write_bytes(path.read_bytes()[: 18 + cut])

    read = PackBlobs(folder)
    whole = cut // 70
    for place, address in enumerate(addresses):
        if place < whole:
            assert read.get(address) == contents[place]
        else:
            with pytest.raises(ArchiveError, match="no content"):
                read.get(address)


def test_damage_is_noticed(tmp_path: Path) -> None:
    pack = PackBlobs(tmp_path)
    short, long = pack.put(b"short"), pack.put(b"long" * 1000)
    pack.close()
    path = tmp_path / "000001.pack"
    whole = path.read_bytes()
    for at in (18 + 40 + 2, len(whole) - 2):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ArchiveError, match="is damaged"):
            [PackBlobs(tmp_path).get(address) for address in (short, long)]
    path.write_bytes(b"something else, and long enough to be read")
    with pytest.raises(ArchiveError, match="does not hold states"):
        PackBlobs(tmp_path)


def test_a_full_disk_leaves_no_torn_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = PackBlobs(tmp_path)
    first = pack.put(b"first")
    pack.flush()
    second = pack.put(b"second" * 100)
    real = os.write
    room = [10]

    def write(file: int, data: bytes) -> int:
        if not room:
            raise OSError(28, "No space left on device")
        return real(file, data[: room.pop()])

    monkeypatch.setattr("worlds.pack.os.write", write)
    with pytest.raises(OSError, match="No space"):
        pack.flush()
    monkeypatch.undo()

    assert PackBlobs(tmp_path).get(first) == b"first"
    pack.flush()
    assert PackBlobs(tmp_path).get(second) == b"second" * 100
    pack.close()
