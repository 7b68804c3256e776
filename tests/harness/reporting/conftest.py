"""One browser and a few reports for all tests of reports."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from benchmarks.made_run import made_run
from harness.recording.run_folder import RunFolder
from harness.reporting.report import write_report
from harness.staging.suite import LIBRARY
from tests.harness.command import start
from tests.harness.reporting.pages import PATIENCE_MS, Watched, watched

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, started once for each file: as long as it runs, no other event loop can in this thread."""
    chromium = shutil.which("chromium")
    assert chromium is not None, "install the package chromium, as .ci/run does"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=["--disable-dev-shm-usage"], timeout=PATIENCE_MS
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def made_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of 300 made-up episodes: 25 scenarios, two arms, six trials."""
    folder = made_run(tmp_path_factory.mktemp("made") / "nightly", 300)
    return write_report(folder).path


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two scenarios, one of them with a customer, in which faults lie to the agent."""
    folder = tmp_path_factory.mktemp("played")
    scenarios = (LIBRARY / "bookshop/cancel-in-time.yaml", LIBRARY / "bookshop/wet-parcel.yaml")
    arms = ("--faults", "calm", "--faults", "quiet-lies", "--trials", 3, "--parallel", 4, "--out", "it's a run")
    process = start(folder, "run", *scenarios, "--agent", "script:reference", *arms)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 1, out + err
    return folder / "it's a run"


@pytest.fixture(scope="session")
def played_report(played: Path) -> Path:
    """Its report."""
    return write_report(RunFolder(played)).path


@pytest.fixture
def made(browser: Browser, made_report: Path) -> Iterator[Watched]:
    """The report of made-up episodes in a browser."""
    with watched(browser, made_report) as found:
        yield found


@pytest.fixture
def real(browser: Browser, played_report: Path) -> Iterator[Watched]:
    """The report of played episodes in a browser."""
    with watched(browser, played_report) as found:
        yield found
