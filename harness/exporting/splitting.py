"""Which scenario families are trained on and which are kept back: no family is ever on both sides."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.exporter import ExportError
from worlds.digest import value_hash

TRAIN: Final = "train"
TEST: Final = "test"


@dataclass(frozen=True, slots=True)
class Split:
    """How much is trained on, and by which draw; None: all of it."""

    share: float | None = None
    seed: int = 1


def split_families(families: Sequence[str], split: Split) -> dict[str, str]:
    """By family, the name of its side; `families` has one entry for each episode.

    Families come in the order of a hash of seed and name, so that a new family moves no other one's place in it, and
    are trained on until their episodes are the share that was asked for. Each side gets at least one. Raises
    ExportError where there is only one family.
    """
    counts = Counter(families)
    if split.share is None:
        return dict.fromkeys(counts, TRAIN)
    if len(counts) < 2:
        raise ExportError(
            f"one scenario family cannot be split: {', '.join(counts)}",
            hint="export several families, or leave --split out",
        )
    order = sorted(counts, key=lambda family: value_hash([split.seed, family]))
    return _sides(order, counts, split.share * counts.total())


def _sides(order: Sequence[str], counts: Counter[str], wanted: float) -> dict[str, str]:
    """Train as long as a family brings the number of episodes nearer to what is wanted; the last one is kept back."""
    sides: dict[str, str] = {}
    taken = 0
    for number, family in enumerate(order):
        nearer = abs(taken + counts[family] - wanted) <= abs(taken - wanted)
        trained = number == 0 or (nearer and number < len(order) - 1)
        sides[family] = TRAIN if trained else TEST
        taken += counts[family] if trained else 0
    return sides
