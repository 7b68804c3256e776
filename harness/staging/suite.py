"""Which scenarios a person means: built-in suites by name, files, folders, and a filter."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from harness.errors import HarnessError
from harness.scenario import Scenario, is_scenario
from harness.staging.choice import referred
from harness.staging.coding import Stated, collect_module, stated_variants
from harness.staging.planning import plan_scenarios, read_scenarios
from worlds.yamlfile import read_yaml

LIBRARY: Final = Path(__file__).parents[1] / "library"
_WORD: Final = re.compile(r"\s*(\(|\)|[^\s()]+)")


class SuiteError(HarnessError):
    """Scenarios that cannot be found, or that are named ambiguously."""

    code = "suite"


def suite_names() -> list[str]:
    """The built-in suites."""
    return sorted({path.parent.name for path in LIBRARY.glob("*/*.yaml")})


def collect(references: Sequence[str | Stated], wanted: str | None = None) -> list[Scenario]:
    """The scenarios behind names and paths that a `-k` expression lets through, in order, each with all its variants.

    Scenarios that stand in code may be among them. A path may choose some variants: `refund.yaml[amount=4990]`. Raises
    SuiteError, NoSuchVariant, and FileProblem for a scenario that is wrong.
    """
    keep = Filter(wanted) if wanted else None
    found = [scenario for reference in references for scenario in _scenarios(reference)]
    _refuse_equal_names(found)
    return [scenario for scenario in found if keep is None or keep.lets(scenario.name)]


class Filter:
    """A `-k` expression: parts of names, joined by `and`, `or`, `not` and parentheses."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._words = _WORD.findall(text)
        self.lets("")

    def lets(self, name: str) -> bool:
        """Whether a scenario of that name is wanted. Raises SuiteError for an expression that cannot be read."""
        rest = list(self._words)
        value = self._either(rest, name)
        if rest:
            raise self._unreadable()
        return value

    def _either(self, rest: list[str], name: str) -> bool:
        value = self._both(rest, name)
        while rest[:1] == ["or"]:
            rest.pop(0)
            value = self._both(rest, name) or value
        return value

    def _both(self, rest: list[str], name: str) -> bool:
        value = self._one(rest, name)
        while rest[:1] == ["and"]:
            rest.pop(0)
            value = self._one(rest, name) and value
        return value

    def _one(self, rest: list[str], name: str) -> bool:
        word = rest.pop(0) if rest else ")"
        if word == "not":
            return not self._one(rest, name)
        if word == "(":
            value = self._either(rest, name)
            if rest[:1] != [")"]:
                raise self._unreadable()
            rest.pop(0)
            return value
        if word in (")", "and", "or"):
            raise self._unreadable()
        return word.lower() in name.lower()

    def _unreadable(self) -> SuiteError:
        return SuiteError(f"cannot read -k {self.text!r}", hint="write it like: refund and not (bulk or slow)")


def _scenarios(reference: str | Stated) -> Iterable[Scenario]:
    if not isinstance(reference, str):
        return stated_variants(reference)
    asked = referred(reference)
    path = LIBRARY / reference if reference in suite_names() else asked.path
    if path.is_file():
        return asked.chosen(_read(path))
    if path.is_dir():
        files = sorted({*path.rglob("*.yaml"), *path.rglob("*.yml")})
        return [scenario for file in files for scenario in _read_if_scenario(file)]
    raise SuiteError(
        f"there is no suite and no file {reference!r}",
        hint=f"give a scenario file, a folder of them, or a built-in suite: {', '.join(suite_names())}",
    )


def _read(path: Path) -> list[Scenario]:
    return collect_module(path) if path.suffix == ".py" else read_scenarios(path)


def _read_if_scenario(path: Path) -> list[Scenario]:
    document = read_yaml(path)
    return plan_scenarios(document, path) if is_scenario(document.data) else []


def _refuse_equal_names(scenarios: Sequence[Scenario]) -> None:
    files: dict[str, str] = {}
    for scenario in scenarios:
        if scenario.name in files:
            others = f"{files[scenario.name]} and {scenario.file}"
            raise SuiteError(
                f"two scenarios are named {scenario.name!r}: {others}", hint="give each once, or rename one"
            )
        files[scenario.name] = scenario.file
