"""Opening the episode that a test asks for, and ending it with the test."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from harness.facade import Episode
from harness.testing.stage import Stage
from harness.testing.wanted import MarkerError, Wanted, marker_arguments, wanted_of
from worlds.errors import Problem

_NAME: Final = "soundstage"


@contextmanager
def opened_stage(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[Stage]:
    """The episode of a test; a marker or a scenario that is wrong fails the test with the reason alone."""
    made = _stage(request, folders)
    if isinstance(made, Problem):  # outside of `except`, so that nothing is told but the reason
        pytest.fail(str(made), pytrace=False)
    with made.episode:
        yield made


def _stage(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Stage | Problem:
    try:
        wanted = _wanted(request)
        episode = Episode(wanted.scenario, seed=wanted.seed, clock=wanted.clock)
    except Problem as error:
        return error
    stage = Stage(episode, _told(wanted.scenario, request), request.path.parent, lambda: folders.mktemp("desk"))
    try:
        if wanted.faults is not None:
            stage.faults.put(*wanted.faults)
    except Problem as error:
        episode.close()
        return error
    return stage


def _told(scenario: Any, request: pytest.FixtureRequest) -> str:
    """What a test plays in, as its readers know it."""
    told = scenario if isinstance(scenario, str) else str(getattr(scenario, "name", "a scenario"))
    return told.removeprefix(f"{request.path.parent}{os.sep}")


def _wanted(request: pytest.FixtureRequest) -> Wanted:
    """What the markers of a test, its class and its module ask for, and what it is parametrised with. Raises
    MarkerError."""
    markers = [marker_arguments(mark.args, mark.kwargs) for mark in request.node.iter_markers(_NAME)]
    told = [*reversed(markers), _parameter(getattr(request, "param", {}))]
    return wanted_of(told, _folders(request))


def _parameter(value: Any) -> Mapping[str, Any]:
    """What an indirect parameter says: the arguments of a marker, or its scenario."""
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise MarkerError(f"{value!r} is no set of arguments", hint="use the names of the marker's arguments")
        return value
    return {"scenario": value}


def _folders(request: pytest.FixtureRequest) -> list[Path]:
    """Where scenarios are looked for: beside the test, and where pytest was started from."""
    return [request.path.parent, request.config.rootpath, request.config.invocation_params.dir]
