"""Whether a scenario's reference gets over each of its fault rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fault_injection.profile import INLINE, Profile
from fault_injection.rule import Rule
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
        names = [rule.name for rule in profile.rules if _counts(rule) and f"{profile.name}/{rule.name}" not in met]
        if names:
            yield Unmet(profile.name, tuple(names))


def claimed(profiles: Iterable[Profile], reference: Trajectory) -> list[str]:
    """The rules that fired while the reference was played and say that somebody can recover."""
    met = {rule["rule"] for step in reference.steps for rule in fired(step)}
    names = [f"{profile.name}/{rule.name}" for profile in profiles for rule in profile.rules if _counts(rule)]
    return [name for name in names if name in met]


def hopeful(profiles: Iterable[Profile]) -> tuple[Profile, ...]:
    """Profiles without the rules from which, as they say themselves, nobody can recover: no reference has to."""
    return tuple(profile.with_rules(rule for rule in profile.rules if not rule.hopeless) for profile in profiles)


def _counts(rule: Rule) -> bool:
    return rule.enabled and not rule.hopeless
