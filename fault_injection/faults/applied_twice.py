"""The call has its effect twice, as when something in between tries again."""

from typing import Any, ClassVar

from fault_injection.fault import Acting, fault
from fault_injection.scene import Ground, Scene


@fault("applied_twice")
class AppliedTwice(Acting):
    """The call has its effect twice, as when something in between tries again."""

    belies: ClassVar[bool] = True
    recovery: ClassVar[str] = "Read back what was written, and take back what is too much."

    async def act(self, ground: Ground, scene: Scene) -> Any:
        """Once for the agent, once more for nobody. What changes nothing is not there twice."""
        answer = await ground.apply()
        if not ground.settle(scene.asked.actor):
            return None
        await ground.apply()
        ground.settle("fault")
        return answer
