"""Every matching call."""

from pydantic import Field

from fault_injection.trigger import Drawn, Occasion, Trigger, trigger


@trigger("always")
class Always(Trigger):
    """Every matching call is hit."""

    short = "on"
    on: bool = Field(True, description="False: never, as long as nobody arms the rule.")

    def judge(self, occasion: Occasion) -> Drawn:
        """Yes."""
        return Drawn(self.on)
