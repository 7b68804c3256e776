"""Something comes in between: an event that is put on the world's agenda at this call."""

from typing import Any, ClassVar

from pydantic import Field

from fault_injection.durations import Span
from fault_injection.fault import Acting, fault
from fault_injection.scene import Ground, Scene
from fault_injection.somebody import Deed
from worlds.clock import MS


@fault("interruption")
class Interruption(Acting):
    """Something comes in between: an event that is put on the world's agenda at this call."""

    recovery: ClassVar[str] = "Notice it, and decide whether it changes the task."
    event: Deed = Field(description="What happens.")
    after: Span = Field(0, description="How long after the call.")

    @property
    def deed(self) -> tuple[str, Deed] | None:
        """What happens."""
        return "event", self.event

    async def act(self, ground: Ground, scene: Scene) -> Any:
        """Put it on the agenda, and let the call have its effect as ever."""
        world, event = ground.world, self.event
        due_ns = scene.now_ns + self.after * MS
        server = event.server or scene.asked.server
        world.agenda = world.agenda.schedule(due_ns, server, event.operation, event.settings)
        return await ground.apply()
