"""The answer stops in the middle and does not say so."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.fault import Rewriting, fault
from fault_injection.results import retold
from fault_injection.scene import Scene


@fault("truncated")
class Truncated(Rewriting):
    """The answer stops in the middle and does not say so."""

    recovery: ClassVar[str] = "Notice that it ends too early and read the rest in smaller pieces."
    share: float | None = Field(None, description="How much is left; default: drawn, 30 to 90 %.", gt=0, lt=1)
    marker: str = Field("", description="What stands at the end, where the server marks what it cut.")

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Cut the text at a letter."""
        share = self.share if self.share is not None else 0.3 + 0.6 * scene.draws.unit("cut at")
        return retold(result, lambda text: text[: int(len(text) * share)] + self.marker if len(text) > 1 else None)
