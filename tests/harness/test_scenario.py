"""Scenario files: what is accepted, and where each complaint points."""

from pathlib import Path

import pytest

from harness.staging.planning import read_scenario
from harness.staging.suite import SuiteError, collect
from tests.harness.scenes import NOTE, scene, write_scene
from worlds.yamlfile import FileProblem

WRONG = {
    "an unknown key": (NOTE + "colour: blue\n", "17:1", "colour: this key is not known here"),
    "a key of a later version": (NOTE + "nuisance: calm\n", "17:1", "'nuisance' is not offered"),
    "a limit of nothing": (NOTE.replace("steps: 5", "steps: 0"), "12:10", "1 or more is accepted"),
    "no task": (NOTE.replace("task:", "description:"), "2:1", "task: this key is needed"),
    "no criterion": (NOTE.replace("success:", "description: x\nsuccess: {}\nseeds:"), "10:1", "success"),
    "a check that looks nowhere": (NOTE.replace("file: /w", "path: /w"), "10:3", "written looks at nothing"),
    "a check that expects nothing": (NOTE.replace("{matches: done}", "{final: true}"), "11:10", "it expects nothing"),
    "a broken pattern": (NOTE.replace("matches: done", "matches: '('"), "11:17", "not a regular expression"),
    "an unknown server in the reference": (NOTE.replace("files.read", "shop.read"), "14:5", "servers: files"),
    "a step that does two things": (
        NOTE.replace("- say: done", "- {say: done, wait: 1s}"),
        "16:5",
        "exactly one thing",
    ),
    "an unknown world": (NOTE.partition("world:")[0] + "world: attic\nsuccess: {a: {file: /x}}\n", "4:1", "bookshop"),
    "a wrong setting of a server": (NOTE.replace("root: /workspace", "root: here"), "8:31", "root"),
    "an unknown kind of server": (NOTE.replace("kind: filesystem", "kind: fridge"), "8:13", "filesystem"),
}


@pytest.mark.parametrize("case", WRONG)
def test_complaints_name_file_line_and_column(tmp_path: Path, case: str) -> None:
    text, place, words = WRONG[case]
    path = write_scene(tmp_path, text)

    with pytest.raises(FileProblem) as caught:
        read_scenario(path).world.build()

    assert str(caught.value).startswith(f"{path}:{place}: "), str(caught.value)
    assert words in str(caught.value)


def test_a_scenario_is_named_after_its_file_unless_it_names_itself(tmp_path: Path) -> None:
    assert scene(tmp_path).name == "note"
    assert scene(tmp_path, NOTE + "scenario: other\n").name == "other"


def test_the_hash_follows_what_a_scenario_says(tmp_path: Path) -> None:
    first, same = scene(tmp_path), scene(tmp_path, NOTE + "# a comment\n")
    other = scene(tmp_path, NOTE.replace("steps: 5", "steps: 6"))

    assert first.hash == same.hash
    assert first.hash != other.hash


def test_a_base_world_is_changed_only_where_it_has_servers(tmp_path: Path) -> None:
    text = "task: t\nworld: {base: bookshop, with: {attic: {}}}\nsuccess: {a: {file: /workspace/x}}\n"

    with pytest.raises(
        FileProblem, match=r"note.yaml:2:32: there is no server 'attic' \(known: files, shop, warehouse"
    ):
        scene(tmp_path, text)


def test_suites_are_collected_from_names_files_and_folders(tmp_path: Path) -> None:
    write_scene(tmp_path, name="one")
    write_scene(tmp_path, name="two")
    write_scene(tmp_path, "world: w\nservers: {}\n", name="not-a-scenario")

    assert [scenario.name for scenario in collect([str(tmp_path)])] == ["one", "two"]
    assert [scenario.name for scenario in collect([str(tmp_path / "two.yaml")])] == ["two"]
    assert len(collect(["bookshop"])) >= 3


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("one", ["one"]),
        ("not one", ["two"]),
        ("one or two", ["one", "two"]),
        ("o and not (n or x)", ["two"]),
        ("three", []),
    ],
)
def test_expressions_choose_scenarios_by_their_names(tmp_path: Path, expression: str, names: list[str]) -> None:
    write_scene(tmp_path, name="one")
    write_scene(tmp_path, name="two")

    assert [scenario.name for scenario in collect([str(tmp_path)], expression)] == names


@pytest.mark.parametrize("expression", ["(one", "and", "one or", "one two", ")"])
def test_unreadable_expressions_are_refused(tmp_path: Path, expression: str) -> None:
    with pytest.raises(SuiteError, match="cannot read -k"):
        collect([str(tmp_path)], expression)


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    path = write_scene(tmp_path)

    with pytest.raises(SuiteError, match="two scenarios are named 'note'"):
        collect([str(path), str(tmp_path)])
