"""Only a part of what was to be written is there: some rows, or the beginning of a file."""

from typing import Any, ClassVar

from pydantic import Field

from fault_injection.fault import Acting, fault
from fault_injection.host import Host
from fault_injection.scene import Ground, Scene
from fault_injection.torn import PARTIAL


@fault("partial_write")
class PartialWrite(Acting):
    """Only a part of what was to be written is there: some rows, or the beginning of a file."""

    belies: ClassVar[bool] = True
    recovery: ClassVar[str] = "Read back what was written, and write the rest."
    share: float = Field(0.5, description="How much of it stays.", ge=0, lt=1)

    def never_on(self, host: Host) -> str:
        """Only what has bytes or rows can be written in part."""
        return "" if host.part_kind in PARTIAL else f"a part of kind {host.part_kind} holds neither files nor rows"

    async def act(self, ground: Ground, scene: Scene) -> Any:
        """Have the effect, then take back a part of it."""
        answer = await ground.apply()
        changes = [change for change in ground.settle(scene.asked.actor) if change.kind != "removed"]
        part = PARTIAL.get(ground.part.kind)
        if part is None or not changes or not part(ground, scene, changes, self.share):
            return None
        ground.settle("fault")
        return answer
