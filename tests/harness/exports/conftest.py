"""Runs to export, recorded once, and every export of them."""

from pathlib import Path

import pytest

import soundstage
from tests.harness.exports.runs import make_runs

FORMATS = ("openai", "trl", "trl-preference", "atif", "parquet")


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four runs: two scenarios, each with a good and a bad agent."""
    return make_runs(tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="session")
def exports(runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an export of the runs in each format, split by half."""
    folder = tmp_path_factory.mktemp("exports")
    for name in FORMATS:
        soundstage.export(*runs, format=name, out=folder / name, split=0.5, license="cc-by-4.0")
    return folder
