"""Which seeds a trial gets: the world's stays unless it is to vary, the others differ from trial to trial."""

from harness.errors import HarnessError
from harness.scenario import SeedsFile
from harness.trajectory import Seeds
from worlds.chance import Chance

_BITS_LEFT = 53
"""So that every JSON reader gets the number exactly."""


class SeedError(HarnessError):
    """A seed that cannot be recorded."""

    code = "seed"


def seeds_of(pinned: SeedsFile, seed: int, trial: int, *, vary_world: bool = False) -> Seeds:
    """The seeds of one trial, from those that the scenario pins and the run's seed.

    A world seed that a scenario pins stays, however worlds vary: its checks rely on that world. The first trial's world
    is that of the run's seed in any case. Raises SeedError.
    """
    for base in (seed, pinned.world, pinned.user, pinned.faults, pinned.agent):
        _refuse_long(base)
    return Seeds(
        world=_world(pinned.world, seed, trial, vary_world),
        user=_derived(pinned.user, seed, trial, "user"),
        faults=_derived(pinned.faults, seed, trial, "faults"),
        agent=_derived(pinned.agent, seed, trial, "agent"),
    )


def _refuse_long(seed: int | None) -> None:
    """Records and tables hold whole numbers of 64 bits."""
    if seed is not None and not -(1 << 63) <= seed < 1 << 63:
        raise SeedError(
            f"the seed {seed} is too long", hint=f"give a whole number from {-(1 << 63)} to {(1 << 63) - 1}"
        )


def _world(pinned: int | None, seed: int, trial: int, vary: bool) -> int:
    if pinned is not None:
        return pinned
    return _derived(None, seed, trial, "world") if vary and trial > 1 else seed


def _derived(pinned: int | None, seed: int, trial: int, name: str) -> int:
    base = seed if pinned is None else pinned
    return Chance(base).derive("trial", trial, name).seed >> (64 - _BITS_LEFT)
