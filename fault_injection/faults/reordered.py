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
            return found.spell([item for _, _, item in sorted(zip(ranks, range(len(ranks)), found.items, strict=True))])

        return retold(result, shuffled)
