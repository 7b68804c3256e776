"""The order in which the files of tests are begun, and what examples they draw."""

from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]
"""Asked for by `tests/harness/plugin`; pytest takes this only from the topmost `conftest.py`."""
TESTS: Final = Path(__file__).parent
settings.load_profile("ci")
"""Everywhere as in the pipeline: the same examples each time, and no limit of time for one of them."""
LONGEST_FIRST: Final = (
    "test_documentation_pages.py", "containers", "harness/ray", "harness/test_bookshop.py", "harness/test_replay.py",
    "harness/test_faults_verb.py", "harness/test_every_fault.py", "harness/test_foreign_agents.py",
    "harness/reporting", "harness/test_killed_runs.py", "harness/remote", "kinds/test_looking_back.py",
    "kinds/test_serving.py", "harness/test_orphans.py", "clients", "test_documentation.py", "benchmarks",
    "sandbox_server/test_toggling_live.py", "worlds/api", "fidelity", "sandbox_server/api", "kinds",
)  # fmt: skip
"""Files and folders that take minutes. Workers take whole files: one begun last would keep the others waiting."""


def place(path: Path) -> int:
    """Where a file comes: those that are not named above come last, in the order that they have."""
    found = path.relative_to(TESTS).as_posix()
    names = [at for at, name in enumerate(LONGEST_FIRST) if found == name or found.startswith(f"{name}/")]
    return min(names, default=len(LONGEST_FIRST))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: place(item.path))
