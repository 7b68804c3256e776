"""Arms: settings of faults that a run compares; they share scenarios, trials and seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fault_injection.profile import Profile, find_profiles
from harness.staging.going_wrong import ArmError, refuse_unfit_arm
from harness.staging.prepared import Prepared
from worlds.digest import value_hash
from worlds.errors import Problem


@dataclass(frozen=True, slots=True)
class Arm:
    """One setting."""

    name: str = ""
    """As it was asked for: `calm`, `slow-lane+garbled`, a path; empty: what each scenario says itself."""
    profiles: tuple[Profile, ...] | None = None
    """What goes wrong; None: what each scenario says itself."""

    @property
    def hash(self) -> str:
        """A hash of all that its profiles say."""
        return value_hash([profile.to_json() for profile in self.profiles or ()]).hex()


OWN: Final = Arm()
"""What each scenario says itself."""


def read_arms(names: Sequence[str]) -> tuple[Arm, ...]:
    """The arms that `--faults` names, each once; without any, the scenarios' own faults. Raises ArmError."""
    for name in names:
        if names.count(name) > 1:
            raise ArmError(f"--faults {name} is given twice", hint="every arm is compared once")
    return tuple(map(_read, names)) or (OWN,)


def refuse_unfit_arms(arms: Sequence[Arm], prepared: Sequence[Prepared]) -> None:
    """Refuse an arm whose rules cannot exist in a scenario's world. Raises ArmError."""
    for arm in arms:
        for one in prepared:
            refuse_unfit_arm(arm.name, one.scenario.name, arm.profiles or (), one.presentation)


def labelled(scenario: str, arm: str) -> str:
    """A scenario's name, with the arm where there are several."""
    return f"{scenario} @{arm}" if arm else scenario


def _read(name: str) -> Arm:
    try:
        return Arm(name, find_profiles(name))
    except Problem as error:
        raise ArmError(f"--faults {name}: {error.message}", hint=error.hint) from None
