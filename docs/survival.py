"""Write into the guide which reference of the bookshop gets over which profile: `python -m docs.survival`."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import soundstage
from docs.generating.markdown import code, table

PAGE: Final = Path(__file__).parent / "how-to" / "test-recovery.md"
PROFILES: Final = (
    "calm", "slow-lane", "rate-limited", "flaky-api", "dropped-wire", "garbled", "shifting-ground", "quiet-lies",
)  # fmt: skip
YES, NO = "●", "○"
_TABLE: Final = re.compile(r"^\| reference (?:.*\n)(?:\|.*\n)*\n*", re.MULTILINE)
Survival = Mapping[str, Mapping[str, bool]]
"""Whether the reference did the task, by scenario and profile."""


def survival(profiles: Sequence[str] = PROFILES, match: str | None = None) -> Survival:
    """What the references come to, with one trial and the scenarios' own seeds."""
    found: dict[str, dict[str, bool]] = {}
    ran = soundstage.run("bookshop", agent="script:reference", faults=profiles, parallel=2, match=match)
    for summary in ran.summaries:
        found.setdefault(summary.scenario, {})[summary.arm] = summary.outcome == "success"
    return dict(sorted(found.items()))


def survival_table(found: Survival) -> str:
    """The table of the guide, with the sum of each profile."""
    rows = [[code(name), *(YES if told[each] else NO for each in PROFILES)] for name, told in found.items()]
    sums = [str(sum(told[each] for told in found.values())) for each in PROFILES]
    return table(["reference", *map(code, PROFILES)], [*rows, [f"of {len(found)}", *sums]])


def told_survival(page: str) -> Survival:
    """What the guide's table says."""
    lines = [line.strip("| ").split(" | ") for line in _TABLE.findall(page)[0].strip().splitlines()]
    names = [name.strip("` ") for name in lines[0][1:]]
    return {
        cells[0].strip("` "): {name: cell.strip() == YES for name, cell in zip(names, cells[1:], strict=True)}
        for cells in lines[2:-1]
    }


def main() -> None:
    """Write the table where it stands."""
    made = survival_table(survival()).strip()
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_TABLE.sub(lambda _: f"{made}\n\n", page, count=1), encoding="utf-8")


if __name__ == "__main__":
    main()
