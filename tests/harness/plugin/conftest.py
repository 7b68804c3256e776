"""Suites of somebody else's, run with the plug-in."""

from collections.abc import Callable
from importlib.metadata import entry_points

import pytest
from _pytest.pytester import SysModulesSnapshot

from tests.harness.command import ROOT
from tests.harness.scenes import NOTE

INSTALLED = any(point.value == "harness.pytest_plugin" for point in entry_points(group="pytest11"))
PLUGIN = [] if INSTALLED else ["-p", "harness.pytest_plugin"]
"""Where the distribution is installed, pytest finds the plug-in by itself."""
Suite = Callable[..., pytest.RunResult]


@pytest.fixture(autouse=True)
def modules_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a suite in this process imports stays imported: registries would refuse to take in a module twice."""

    def taken(self: pytest.Pytester) -> SysModulesSnapshot:
        return SysModulesSnapshot(preserve=lambda name: not name.startswith(("test_agent", "conftest")))

    monkeypatch.setattr(pytest.Pytester, "_Pytester__take_sys_modules_snapshot", taken)


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Runs a suite of one file beside the scenario `note.yaml`; in this process, or in one of its own."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makefile(".yaml", note=NOTE)
    pytester.makeini(
        "[pytest]\naddopts = --strict-markers\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
    )

    def run(code: str, *words: str, apart: bool = False) -> pytest.RunResult:
        pytester.makepyfile(test_agent=code)
        # The warnings of this process's other plug-ins are none of the suite's.
        given = ["-p", "no:cacheprovider", "-p", "no:randomly", *PLUGIN, *words]
        return pytester.runpytest_subprocess(*given) if apart else pytester.runpytest_inprocess(*given)

    return run
