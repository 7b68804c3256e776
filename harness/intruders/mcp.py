"""Call the tools of a real server that say of themselves that they only read, and leave everything else alone."""

from collections.abc import Iterable

from harness.intruder import READS_MAX, Damage, Grounds, Try, intruders


@intruders.register("mcp")
class OutsideIntruder:
    """A guest: what a real server does cannot be taken back."""

    def reads(self, grounds: Grounds) -> Iterable[Try]:
        """One call of each tool that only reads and needs to be told nothing."""
        reading = [tool for tool in grounds.shown.surface.tools if (tool.get("annotations") or {}).get("readOnlyHint")]
        free = [tool for tool in reading if not tool.get("inputSchema", {}).get("required")]
        return [Try(grounds.server, str(tool["name"])) for tool in free[:READS_MAX]]

    def damages(self, grounds: Grounds) -> Iterable[Damage]:
        """Nothing: no damage to a real server could be seen here, and none be undone."""
        return []
