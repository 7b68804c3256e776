"""The record of a shadowed episode: states are those that were told, and are not told anew."""

from harness.plan import Plan
from harness.recording.record import Recorder
from harness.remote.shadow import Shadow
from harness.trajectory import Opening
from sandbox_server.ledger import Entry
from worlds.world import World


class ShadowRecorder(Recorder):
    """Writes what a shadow takes in."""

    def __init__(self, plan: Plan, opening: Opening, secret: str, shadow: Shadow) -> None:
        """Raises OSError where nothing can be written."""
        super().__init__(plan.record, opening, (secret,))
        self._shadow = shadow
        self.final_state: str | None = None
        """Where the last state is kept, if it is another than that after the last step."""

    def delta(self, entry: Entry) -> str | None:
        """Where the state after a call is kept, if there is a new one."""
        return self._shadow.fresh if self.path is not None and self.error is None else None

    def last_state(self, final: World) -> str | None:
        """Where the last state is kept."""
        return self.final_state
