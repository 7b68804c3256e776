"""The answer is what was true some changes ago."""

from typing import Any, ClassVar

from pydantic import Field

from fault_injection.fault import Acting, fault
from fault_injection.scene import Ground, Scene


@fault("stale_read")
class StaleRead(Acting):
    """The answer is what was true some changes ago."""

    recovery: ClassVar[str] = "Read again after a moment, above all before writing."
    changes: int = Field(1, description="How many changes ago.", ge=1)

    async def act(self, ground: Ground, scene: Scene) -> Any:
        """Ask the world as it was. What changes that copy is a write and has its effect as ever."""
        older = ground.older(self.changes)
        if older is None:
            return None
        before = older.content_digest()
        answer = await ground.apply_to(older)
        return None if older.content_digest() != before else answer
