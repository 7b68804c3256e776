"""Which episodes of two runs belong together: the same scenario, arm and trial."""

from dataclasses import dataclass
from typing import NamedTuple

from harness.comparing.side import Key, Side
from harness.recording.summary import Summary


class Pair(NamedTuple):
    """An episode of one run and that of the other that it belongs to."""

    key: Key
    template: str
    one: Summary
    other: Summary


@dataclass(frozen=True, slots=True)
class Pairing:
    """All pairs, and what keeps them from being alike."""

    pairs: tuple[Pair, ...]
    alone_one: int
    """Episodes of the first run that the second has no partner for."""
    alone_other: int
    changed: tuple[str, ...]
    """Scenarios that did not say the same in both runs."""
    unproven: tuple[str, ...]
    """Scenarios of which it is not known, because a run was not recorded."""
    reseeded: int
    """Pairs whose seeds differ."""
    crossed: tuple[str, str] | None = None
    """The arm of each run, where each has one and they are not the same."""


def paired(one: Side, other: Side) -> Pairing:
    """The pairs of two runs, in the order of the first. Runs with one arm each are paired across them."""
    crossed = _crossed(one, other)
    theirs = other.episodes
    found = {key: theirs.get((key[0], crossed[1], key[2]) if crossed else key) for key in one.episodes}
    pairs = tuple(
        Pair(key, one.templates[key[0]], mine, partner)
        for key, mine in one.episodes.items() if (partner := found[key]) is not None
    )  # fmt: skip
    names = list(dict.fromkeys(pair.key[0] for pair in pairs))
    known = [name for name in names if name in one.hashes and name in other.hashes]
    return Pairing(
        pairs,
        len(found) - len(pairs),
        len(theirs) - len(pairs),
        tuple(name for name in known if one.hashes[name] != other.hashes[name]),
        tuple(name for name in names if name not in known),
        sum(pair.one.seeds != pair.other.seeds for pair in pairs),
        crossed,
    )


def _crossed(one: Side, other: Side) -> tuple[str, str] | None:
    arms = one.arms, other.arms
    alone = len(arms[0]) == len(arms[1]) == 1
    return (arms[0][0], arms[1][0]) if alone and arms[0] != arms[1] else None
