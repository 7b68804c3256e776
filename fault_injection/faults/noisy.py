"""The answer carries notes that nobody asked for around what was asked for."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.fault import Rewriting, fault
from fault_injection.results import retold
from fault_injection.scene import Scene


@fault("noisy")
class Noisy(Rewriting):
    """The answer carries notes that nobody asked for around what was asked for."""

    recovery: ClassVar[str] = "Take what was asked for and leave the rest."
    notes: list[str] = Field(
        default=[
            "Notice: this endpoint is deprecated and will be removed in a future release.",
            "DEBUG cache=miss shard=3",
        ],
        description="What it may say; one is drawn for each answer.",
        min_length=1,
    )

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Put a line in front."""
        note = self.notes[scene.draws.below(len(self.notes), "note")]
        return retold(result, lambda text: f"{note}\n{text}")
