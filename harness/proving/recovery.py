"""Whether a scenario's reference gets over each of its fault rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fault_injection.profile import INLINE, Profile
from harness.trajectory import Trajectory
from harness.verdicts.firing import fired


@dataclass(frozen=True, slots=True)
class Unmet:
    """Rules of a profile that no step of the reference met."""

    profile: str
    rules: tuple[str, ...]

    @property
    def is_own(self) -> bool:
        """Whether they stand in the scenario itself, and are there to be met."""
        return self.profile == INLINE


def unmet(profiles: Iterable[Profile], reference: Trajectory) -> Iterator[Unmet]:
    """The rules that never fired while the reference was played: it proves nothing about them."""
    met = {rule["rule"] for step in reference.steps for rule in fired(step)}
    for profile in profiles:
        names = [rule.name for rule in profile.rules if rule.enabled and f"{profile.name}/{rule.name}" not in met]
        if names:
            yield Unmet(profile.name, tuple(names))
