"""Somebody else changes the same thing between what the agent read and what it writes."""

from typing import Any, ClassVar

from pydantic import Field

from fault_injection.fault import Acting, fault
from fault_injection.scene import Ground, Scene
from fault_injection.somebody import Deed, somebody
from worlds.part import Moment


@fault("concurrent_actor")
class ConcurrentActor(Acting):
    """Somebody else changes the same thing between what the agent read and what it writes."""

    recovery: ClassVar[str] = "Read again right before writing, and compare."
    do: Deed | None = Field(None, description="What they do; default: they touch what the call names.")

    @property
    def deed(self) -> tuple[str, Deed] | None:
        """What they do, where it is written."""
        return None if self.do is None else ("do", self.do)

    async def act(self, ground: Ground, scene: Scene) -> Any:
        """Somebody else first, then the agent."""
        done = self.do or await somebody(ground, scene)
        if done is None:
            return None
        moment = Moment(scene.now_ns, "fault", scene.draws.chance)
        server = done.server or scene.asked.server
        ground.world.parts[server].perform(done.operation, done.settings, moment)
        ground.world.schedule(moment.later, server)
        ground.settle("fault")
        return await ground.apply()
