"""What scenarios say of servers holds for every kind: changes of the first state, events, and what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.staging.finder import find_served
from harness.staging.planning import read_scenario
from harness.staging.prepared import Builder
from sandbox_server.family import families
from tests.kinds.town import COUNTER, KINDS, write_scenario, write_town
from worlds.clock import SECOND
from worlds.part import part_kinds
from worlds.world import World
from worlds.yamlfile import FileProblem


def prepared(folder: Path, **parts: Any) -> World:
    """The first world of a scenario over the town."""
    return Builder().prepare(read_scenario(write_scenario(folder, **parts)), 1).world


def refused(folder: Path, **parts: Any) -> FileProblem:
    """Why there is no such scenario."""
    with pytest.raises(FileProblem) as caught:
        prepared(folder, **parts)
    return caught.value


def line_of(folder: Path, words: str, name: str = "scene") -> int:
    """The number of the first line that holds these words."""
    lines = (folder / f"{name}.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def placed_at(folder: Path, words: str) -> str:
    """The place of a complaint about the first line that holds these words."""
    return f"scene.yaml:{line_of(folder, words)}:"


def paths(world: World, older: World) -> set[str]:
    """The changes between two states, changed fields by their names."""
    found = set()
    for change in world.diff(older):
        fields = [name for name in change.after if change.before.get(name) != change.after[name]] if (
            change.kind == "changed" and "[" in change.path) else []  # fmt: skip
        found |= {f"{change.path}.{name}" for name in fields} or {change.path}
    return found


def fits(path: str, found: set[str]) -> bool:
    """Whether a path, in which `*` stands for anything, is among those that were found."""
    pattern = re.compile(re.escape(path).replace(r"\*", ".*"))
    return any(pattern.fullmatch(each) for each in found)


def test_the_town_has_every_kind_of_server() -> None:
    needs_containers = {"shell"}
    assert {each.kind for each in KINDS.values()} | {COUNTER.kind} | needs_containers == set(part_kinds.names())
    assert set(part_kinds.names()) <= set(families.names())


@pytest.mark.parametrize("server", KINDS)
def test_scenarios_change_the_first_state_by_keys(town: Path, server: str) -> None:
    each = KINDS[server]
    plain = prepared(town)
    changed = prepared(town, world={"base": "town.yaml", "with": {server: each.merged}})

    assert fits(each.merged_path, paths(changed, plain)), paths(changed, plain)
    assert {change.path.partition(".")[0].partition(":")[0] for change in changed.diff(plain)} == {server}


@pytest.mark.parametrize("server", KINDS)
def test_changes_that_cannot_be_made_are_refused_with_their_place(town: Path, server: str) -> None:
    for changes, place, words in KINDS[server].wrong:
        problem = refused(town, world={"base": "town.yaml", "with": {server: changes}})
        told = str(problem)

        assert told.startswith(f"{server}: ") or f" {server}: " in told, told
        assert words in told, told
        line = re.search(r"scene\.yaml:(\d+):", told)
        assert line and int(line[1]) >= line_of(town, f'"{server}"'), told
        assert place


def test_a_change_of_nothing_that_is_there_is_refused_for_every_kind(town: Path) -> None:
    for server in KINDS:
        assert "mapping" in str(refused(town, world={"base": "town.yaml", "with": {server: [1]}}))


@pytest.mark.parametrize("server", KINDS)
def test_events_happen_in_the_names_of_nobody(town: Path, server: str) -> None:
    each = KINDS[server]
    assert each.event is not None
    operation, arguments = each.event
    world = prepared(town, events=[{"at": "+10m", "server": server, "do": operation, "with": arguments}])
    before = world.fork()
    world.clock.advance(9 * 60 * SECOND)
    assert not world.run_due()
    world.clock.advance(2 * 60 * SECOND)
    with world.effect("agent"):
        pass

    assert fits(each.event_path, paths(world, before)), paths(world, before)
    assert {actor for change in world.diff(before) for actor in change.actors} == {"agenda"}


@pytest.mark.parametrize("server", KINDS)
def test_events_that_cannot_happen_are_refused_with_place_and_operations(town: Path, server: str) -> None:
    each = KINDS[server]
    assert each.event is not None
    unknown = refused(town, events=[{"at": "+10m", "server": server, "do": "explode", "with": {}}])
    assert "explode" in str(unknown) and each.operations in str(unknown)
    assert placed_at(town, '"do"') in str(unknown)

    bad = refused(town, events=[{"at": "+10m", "server": server, "do": each.event[0], "with": {"nonsense": 1}}])
    assert placed_at(town, '"with"') in str(bad), str(bad)


def test_a_real_server_takes_neither_changes_nor_events(tmp_path: Path) -> None:
    write_town(tmp_path, outside=True)
    changed = refused(tmp_path, world={"base": "town.yaml", "with": {"counter": {"a": 1}}})
    event = refused(tmp_path, events=[{"at": "+1m", "server": "counter", "do": "count", "with": {}}])

    assert "a real server" in str(changed) and "keeps its own state" in str(changed)
    assert COUNTER.operations in str(event)


def test_served_scenarios_begin_with_their_changes(town: Path) -> None:
    write_scenario(town, world={"base": "town.yaml", "with": {name: each.merged for name, each in KINDS.items()}})
    shown = find_served(str(town / "scene.yaml"), any_variant=True).found.present(1)

    for name, each in KINDS.items():
        assert shown.world.parts[name].kind == each.kind
    assert json.loads((town / "scene.yaml").read_text())["world"]["with"].keys() == KINDS.keys()
    shown.world.close()
