"""Somebody else changes the same thing between what the agent read and what it writes."""

from typing import Any, ClassVar

from pydantic import Field

from fault_injection.fault import Acting, fault
from fault_injection.host import Host
from fault_injection.scene import Ground, Scene
from fault_injection.somebody import TOUCHED, Deed, somebody
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

    def never_on(self, host: Host) -> str:
        """Left to themselves, others touch files, rows and records; what people say is theirs."""
        if self.do is not None or host.part_kind in TOUCHED:
            return ""
        return f"nobody knows what others would do to a part of kind {host.part_kind}: say it in `do`"

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
