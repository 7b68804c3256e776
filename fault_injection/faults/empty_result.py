"""The answer is a success that holds nothing."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fault_injection.fault import Rewriting, fault
from fault_injection.results import records_in, retold
from fault_injection.scene import Scene


@fault("empty_result")
class EmptyResult(Rewriting):
    """The answer is a success that holds nothing."""

    recovery: ClassVar[str] = "Ask again, or another way, before believing that there is nothing."

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Keep the frame, lose the content."""
        return retold(result, _emptied)


def _emptied(text: str) -> str:
    found = records_in(text)
    return found.spell([]) if found is not None and found.structured else ""
