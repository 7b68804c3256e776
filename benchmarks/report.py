"""Reports of a thousand and of ten thousand episodes: how large, how soon written, how soon on the screen."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from benchmarks.made_run import made_run
from benchmarks.measure import Row

BUDGETS: Final = {1_000: (3.0, 1.0, 3.0), 10_000: (32.0, 2.0, 8.0)}
"""By the number of episodes: megabytes, seconds until the first paint, and until the table can be used."""
MEMORY_MB_MAX: Final = 200
_ROUNDS: Final = 5
_KEY: Final = "case-03%40dropped-wire-7"
_WRITE: Final = """
import resource, sys, time
from pathlib import Path
from harness.recording.run_folder import RunFolder
from harness.reporting.report import write_report
written = write_report(RunFolder(Path(sys.argv[1])))
print(written.size_bytes, time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def rows() -> list[Row]:
    """Everything about reports."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return [Row("report in a browser", "needs chromium")]
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-dev-shm-usage"])
        for episodes in BUDGETS:
            found += _measured(browser, Path(folder) / f"run-{episodes}", episodes)
        browser.close()
    return found


def _measured(browser: Browser, folder: Path, episodes: int) -> list[Row]:
    megabytes_max, paint_max, table_max = BUDGETS[episodes]
    made_run(folder, episodes)
    told = subprocess.run([sys.executable, "-c", _WRITE, folder], check=True, capture_output=True, text=True).stdout
    size, cpu_seconds, memory_mb = map(float, told.split())
    paints, tables, opened = zip(*(_shown(browser, folder / "report.html") for _ in range(_ROUNDS)), strict=True)
    paint, table = statistics.median(paints), statistics.median(tables)
    name = f"report of {episodes:,} episodes"
    return [
        _row(f"{name}: size", f"{size / 1e6:.1f} MB", f"<= {megabytes_max:g} MB", size / 1e6 <= megabytes_max),
        Row(f"{name}: written", f"{cpu_seconds:.1f} s of CPU"),
        _row(f"{name}: memory", f"{memory_mb:.0f} MB", f"<= {MEMORY_MB_MAX} MB", memory_mb <= MEMORY_MB_MAX),
        _row(f"{name}: first paint", f"{paint:.2f} s", f"<= {paint_max:g} s", paint <= paint_max),
        _row(f"{name}: table usable", f"{table:.2f} s", f"<= {table_max:g} s", table <= table_max),
        Row(f"{name}: a timeline opens", f"{statistics.median(opened) * 1000:.0f} ms"),
    ]


def _row(name: str, value: str, must: str, met: bool) -> Row:
    return Row(name, value, must=must, met=met)


def _shown(browser: Browser, page_file: Path) -> tuple[float, float, float]:
    """Seconds until the first paint, until the table is there, and from a link to the step that it leads to."""
    page = browser.new_page()
    began = time.perf_counter()
    page.goto(page_file.resolve().as_uri(), wait_until="commit")
    page.wait_for_selector("html[data-ready]")
    table = time.perf_counter() - began
    paint = float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")) / 1000
    began = time.perf_counter()
    page.evaluate(f"location.hash = '#episode={_KEY}&step=6'")
    page.wait_for_selector("#step-6")
    opened = time.perf_counter() - began
    page.close()
    return paint, table, opened
