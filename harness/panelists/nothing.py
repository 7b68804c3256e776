"""Does nothing and says nothing: a task that it passes asks for nothing."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from harness.panelist import PanelAgent, Scene, Stand, panelists


@panelists.register("nothing")
class Nothing:
    """Leaves at once."""

    expected: ClassVar[Literal["success", "failure"]] = "failure"
    title: ClassVar[str] = "nothing"

    def agents(self, scene: Scene) -> Sequence[PanelAgent]:
        """One."""

        async def part(stand: Stand) -> None:
            stand.answer = None

        return [PanelAgent("nothing", part)]
