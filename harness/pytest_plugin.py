"""The pytest plug-in: the marker `soundstage` names a scenario, and the fixture of that name is an episode of it.

It is loaded with every suite of an environment in which Soundstage is installed, so all else is imported when the
fixture is first used.
"""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from harness.testing.stage import Stage

_MARKER: Final = (
    "soundstage(scenario, *, faults=None, seed=None, clock='flowing'): the world in which the fixture `soundstage` "
    "lets a test play: a scenario's file, or the name or file of a world."
)
_STAGE: Final = pytest.StashKey["Stage"]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def soundstage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Stage"]:
    """An episode of the scenario that the test's marker `soundstage` names, with servers for the agent under test."""
    from harness.testing.opening import opened_stage

    with opened_stage(request, tmp_path_factory) as stage:
        request.node.stash[_STAGE] = stage
        yield stage


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Show what was called in an episode whose test failed."""
    report = yield
    stage = item.stash.get(_STAGE, None)
    if stage is not None and report.failed and report.when == "call":
        report.sections.append(("what was called in the world", stage.story()))
    return report
