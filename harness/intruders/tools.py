"""Call every tool that needs to be told nothing, and damage records that the reference leaves alone."""

from collections.abc import Iterable

from harness.intruder import READS_MAX, Damage, Grounds, Try, intruders
from harness.spoiling import damages_to, tables_of


@intruders.register("tools")
class ToolsIntruder:
    """Knows no more of a person's own tools than their list says."""

    def reads(self, grounds: Grounds) -> Iterable[Try]:
        """One call of each tool without required arguments, unless it changes something."""
        asked = [tool for tool in grounds.shown.surface.tools if not tool["inputSchema"].get("required")]
        return [Try(grounds.server, str(tool["name"]), if_harmless=True) for tool in asked[:READS_MAX]]

    def damages(self, grounds: Grounds) -> Iterable[Damage]:
        """A record changed and a record removed, past the tools: which of them could do it nobody knows."""
        for table in tables_of(grounds):
            yield from damages_to(grounds, table, keep=("id",))
