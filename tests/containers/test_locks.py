"""What images hold is written down to the hash, and fits what the project asks for."""

import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.harness.command import ROOT

LOCKS = ["stage", "harness", "build"]


def wanted(name: str) -> list[Requirement]:
    """What a lock has to satisfy, as `.ci/lock` finds it in pyproject.toml and in the sources."""
    words = [sys.executable, str(ROOT / ".ci" / "lock"), "--wanted", name]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [Requirement(line) for line in told.splitlines()]


def text_of(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def locked(name: str) -> dict[str, str]:
    """Version by distribution."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text_of(name), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_fits_the_project(name: str) -> None:
    held = locked(name)
    missing = [
        str(each)
        for each in wanted(name)
        if not each.specifier.contains(held.get(canonicalize_name(each.name), "0.dev0"), prereleases=True)
    ]

    assert not missing, f"run `.ci/lock --keep`: requirements/{name}.txt lacks {missing}"


@pytest.mark.parametrize("name", LOCKS)
def test_every_distribution_has_hashes_and_none_says_where_it_is_from(name: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", text_of(name).partition("\n")[2].strip())

    assert len(entries) == len(locked(name))
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text_of(name)
    assert not re.search(r"^(-i|--index-url|--extra-index-url|--find-links)", text_of(name), re.MULTILINE)


def test_the_stage_needs_little_and_nothing_that_only_the_harness_does() -> None:
    stage, harness = locked("stage"), locked("harness")

    assert {name: version for name, version in stage.items() if harness.get(name) != version} == {}
    assert stage.keys().isdisjoint({"mcp", "rich", "openai", "anthropic", "docker", "jinja2", "scipy", "cryptography"})
