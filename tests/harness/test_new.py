"""`soundstage new`: a scenario of one's own that works at once."""

from pathlib import Path

import pytest

from tests.harness.command import Command
from worlds.yamlfile import read_yaml


@pytest.mark.parametrize("name", ["second-look", "1.2", "null", "a"])
def test_what_it_writes_is_solved_by_its_reference_and_not_by_doing_nothing(
    tmp_path: Path, soundstage: Command, name: str
) -> None:
    made = soundstage("new", name)

    assert made.status == 0 and f"Next: soundstage run {name} --agent script:reference" in made.out
    solved = soundstage("run", name, "--agent", "script:reference", "--out", "solved")
    failed = soundstage("run", name, "--agent", "script:nothing")
    assert (solved.status, failed.status) == (0, 1), solved.out + failed.out
    assert (tmp_path / f"solved/episodes/{name}-1.jsonl").is_file()


def test_it_goes_where_it_is_told(tmp_path: Path, soundstage: Command) -> None:
    assert soundstage("new", "mine", "--dir", "suites/deep").status == 0
    assert (tmp_path / "suites/deep/mine/scenario.yaml").is_file()


def test_it_points_editors_to_its_schemas(tmp_path: Path, soundstage: Command) -> None:
    soundstage("new", "mine")

    for file in ("scenario.yaml", "world.yaml"):
        first = (tmp_path / "mine" / file).read_text().splitlines()[0]
        schema = first.removeprefix("# yaml-language-server: $schema=")
        assert read_yaml(tmp_path / "mine" / schema).data["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("name", ["Upper", "two words", "../up", "", ".", "a/b", "-x", "bookshop", "x" * 100])
def test_names_that_cannot_be_used_are_refused(tmp_path: Path, soundstage: Command, name: str) -> None:
    refused = soundstage("new", "--", name)

    assert refused.status == 2
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path, soundstage: Command) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "taken").write_text("x")

    assert "mine is there already" in soundstage("new", "mine").err
    assert "taken is there already" in soundstage("new", "taken").err
    assert "cannot write" in soundstage("new", "mine", "--dir", "taken/below").err
    assert list((tmp_path / "mine").iterdir()) == []
