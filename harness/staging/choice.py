"""Which variants a person means by `scenario.yaml[amount=4990]`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.errors import HarnessError
from harness.scenario import Scenario

SHOWN_MAX: Final = 10
_CHOSEN: Final = re.compile(r"(.+)\[([^\[\]]*)\]", re.DOTALL)


class NoSuchVariant(HarnessError):
    """A variant that a scenario does not have, or several where one is needed."""

    code = "variant"


@dataclass(frozen=True, slots=True)
class Reference:
    """A path, and what was written behind it in brackets: some parameters and how names spell their values."""

    path: Path
    wanted: Mapping[str, str]

    def chosen(self, scenarios: Sequence[Scenario]) -> list[Scenario]:
        """The variants that are meant. Raises NoSuchVariant."""
        found = [each for each in scenarios if self.wanted.items() <= each.labels.items()]
        if not found:
            words = ",".join(f"{name}={label}" for name, label in self.wanted.items())
            raise NoSuchVariant(f"{self.path} has no variant [{words}]", hint=f"it has: {_shown(scenarios)}")
        return found

    def one(self, scenarios: Sequence[Scenario]) -> Scenario:
        """The one variant that is meant. Raises NoSuchVariant for several."""
        return sole(self.chosen(scenarios), scenarios, str(self.path))


def sole(found: Sequence[Scenario], scenarios: Sequence[Scenario], file: str) -> Scenario:
    """The only one that was found among a file's scenarios. Raises NoSuchVariant."""
    if not found:
        raise NoSuchVariant(f"{file} has no such variant", hint=f"it has: {_shown(scenarios)}")
    if len(found) > 1:
        hint = f"choose one, like {file}{found[0].name.removeprefix(found[0].template)}"
        raise NoSuchVariant(f"{file} has {len(found)} variants: {_shown(found)}", hint=hint)
    return found[0]


def referred(text: str) -> Reference:
    """The path and the choice that a person wrote; a path that exists as it stands is only a path."""
    found = _CHOSEN.fullmatch(text)
    if found is None or Path(text).exists():
        return Reference(Path(text), {})
    pairs = [pair.partition("=") for pair in found[2].split(",") if pair]
    return Reference(Path(found[1]), {name.strip(): label.strip() for name, _, label in pairs})


def _shown(scenarios: Sequence[Scenario]) -> str:
    names = [each.name for each in scenarios[:SHOWN_MAX]]
    return ", ".join([*names, *(["..."] if len(scenarios) > SHOWN_MAX else [])])
