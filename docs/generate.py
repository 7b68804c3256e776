"""Write the reference pages from the code that they describe: `python -m docs.generate`, or `make docs`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from docs.generating.api import admin_api
from docs.generating.commands import command_line
from docs.generating.faults import faults_page
from docs.generating.files import scenario_file, world_file
from docs.generating.records import tables, trajectory

REFERENCE: Final = Path(__file__).parent / "reference"
PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "command-line.md": command_line,
    "world-file.md": world_file,
    "scenario-file.md": scenario_file,
    "tables.md": tables,
    "trajectory.md": trajectory,
    "faults.md": faults_page,
    "admin-api.md": admin_api,
}


def main() -> None:
    """Write every page."""
    REFERENCE.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
