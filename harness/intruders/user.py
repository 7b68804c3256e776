"""Read the conversation; there is nothing in it that an agent could damage."""

from collections.abc import Iterable

from harness.intruder import Damage, Grounds, Try, intruders


@intruders.register("user")
class UserIntruder:
    """Reads what was written."""

    def reads(self, grounds: Grounds) -> Iterable[Try]:
        """One call for the newest messages."""
        return [Try(grounds.server, "get_conversation", {"limit": 200})]

    def damages(self, grounds: Grounds) -> Iterable[Damage]:
        """Nothing: messages can only be added, and that is no damage."""
        return []
