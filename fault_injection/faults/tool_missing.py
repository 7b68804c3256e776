"""A tool that is listed is not there when it is called, as after a deployment that clients have not noticed."""

from typing import ClassVar

from fault_injection.fault import Layer, Phase, Saying, fault
from fault_injection.scene import Said, Scene


@fault("tool_missing")
class ToolMissing(Saying):
    """A tool that is listed is not there when it is called, as after a deployment that clients have not noticed."""

    layer: ClassVar[Layer] = "answer"
    phases: ClassVar[tuple[Phase, ...]] = ("before",)
    recovery: ClassVar[str] = "List the tools again, and do the task with those that are there."

    def say(self, scene: Scene) -> Said:
        """What the server says of any name that it does not know."""
        return Said("no_tool")
