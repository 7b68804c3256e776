"""The scenario's own solution: it must pass, or nothing proves that the task can be done."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from harness.panelist import PanelAgent, Scene, Stand, panelists


@panelists.register("reference")
class Reference:
    """Plays the reference word for word."""

    expected: ClassVar[Literal["success", "failure"]] = "success"
    title: ClassVar[str] = "reference"

    def agents(self, scene: Scene) -> Sequence[PanelAgent]:
        """One, where there is a reference."""

        async def part(stand: Stand) -> None:
            await stand.play(scene.scenario.reference)

        return [PanelAgent("reference", part)] if scene.scenario.reference else []
