"""Which seeds a trial gets: the world's stays, the others differ from trial to trial."""

from harness.scenario import SeedsFile
from harness.trajectory import Seeds
from worlds.chance import Chance

_BITS_LEFT = 53
"""So that every JSON reader gets the number exactly."""


def seeds_of(pinned: SeedsFile, seed: int, trial: int) -> Seeds:
    """The seeds of one trial, from those that the scenario pins and the run's seed."""
    return Seeds(
        world=seed if pinned.world is None else pinned.world,
        user=_derived(pinned.user, seed, trial, "user"),
        faults=_derived(pinned.faults, seed, trial, "faults"),
        agent=_derived(pinned.agent, seed, trial, "agent"),
    )


def _derived(pinned: int | None, seed: int, trial: int, name: str) -> int:
    base = seed if pinned is None else pinned
    return Chance(base).derive("trial", trial, name).seed >> (64 - _BITS_LEFT)
