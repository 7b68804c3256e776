"""The answer is far larger than it should be."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.fault import Rewriting, fault
from fault_injection.results import retold
from fault_injection.scene import Scene


@fault("oversized")
class Oversized(Rewriting):
    """The answer is far larger than it should be."""

    recovery: ClassVar[str] = "Ask for less, or read only what matters of it."
    letters: int = Field(1_200_000, description="How long the text becomes.", ge=1, le=8_000_000)

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Repeat what is there until it is long enough."""

        def swollen(text: str) -> str | None:
            if not text or len(text) >= self.letters:
                return None
            return (text + "\n") * (self.letters // (len(text) + 1) + 1)

        return retold(result, swollen)
