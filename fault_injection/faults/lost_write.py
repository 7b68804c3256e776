"""The server says that it is done, and it is not."""

from typing import Any, ClassVar

from fault_injection.fault import Acting, fault
from fault_injection.scene import Ground, Scene


@fault("lost_write")
class LostWrite(Acting):
    """The server says that it is done, and it is not."""

    belies: ClassVar[bool] = True
    recovery: ClassVar[str] = "Read back what was written before relying on it."

    async def act(self, ground: Ground, scene: Scene) -> Any:
        """Have the effect, and take it back. Where there is none, nothing can be lost."""
        answer = await ground.apply()
        if not ground.settle(scene.asked.actor):
            return None
        ground.undo()
        return answer
