"""One of the things in a list is there twice."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fault_injection.fault import Rewriting, fault
from fault_injection.results import records_in, retold
from fault_injection.scene import Scene


@fault("duplicated")
class Duplicated(Rewriting):
    """One of the things in a list is there twice."""

    recovery: ClassVar[str] = "Tell things apart by their identifiers and count each once."

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Put one item in again, right behind itself."""

        def twice(text: str) -> str | None:
            found = records_in(text)
            if found is None or not found.items:
                return None
            at = scene.draws.below(len(found.items), "which")
            return found.spell([*found.items[: at + 1], *found.items[at:]])

        return retold(result, twice)
