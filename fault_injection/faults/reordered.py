"""The things in a list come in another order than they should."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fault_injection.fault import Rewriting, fault
from fault_injection.results import records_in, retold
from fault_injection.scene import Scene


@fault("reordered")
class Reordered(Rewriting):
    """The things in a list come in another order than they should."""

    recovery: ClassVar[str] = "Sort what was asked to be sorted, or look at the values instead of their order."

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Shuffle by drawn ranks."""

        def shuffled(text: str) -> str | None:
            found = records_in(text)
            if found is None or len(found.items) < 2:
                return None
            ranks = [scene.draws.hex(16, f"rank {place}") for place in range(len(found.items))]
            order = sorted(range(len(ranks)), key=ranks.__getitem__)
            if order == list(range(len(ranks))):
                order = [*order[1:], 0]  # a draw can give the old order, too
            return found.spell([found.items[place] for place in order])

        return retold(result, shuffled)
