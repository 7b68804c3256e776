"""The tool fails in its server's own words, for no reason that the agent could know."""

from typing import ClassVar

from pydantic import Field

from fault_injection.fault import Layer, Saying, fault
from fault_injection.scene import Said, Scene


@fault("tool_error")
class ToolError(Saying):
    """The tool fails in its server's own words, for no reason that the agent could know."""

    layer: ClassVar[Layer] = "answer"
    recovery: ClassVar[str] = "Try again once or twice; if it stays, do the task another way."
    text: str | None = Field(None, description="The words; default: what this kind of server says.", min_length=1)

    def say(self, scene: Scene) -> Said:
        """A failure without a cause."""
        return Said("error", text=self.text)
