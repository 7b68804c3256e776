"""The structured content says something else than the text beside it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from fault_injection.fault import Rewriting, fault
from fault_injection.host import Host
from fault_injection.results import text_of
from fault_injection.scene import Scene


@fault("structured_mismatch")
class StructuredMismatch(Rewriting):
    """The structured content says something else than the text beside it."""

    recovery: ClassVar[str] = "Notice the contradiction and ask again."

    def never_on(self, host: Host) -> str:
        """Without a structure there is nothing that the text could differ from."""
        return "" if host.is_structured else "its answers have no structured content"

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Leave the text and cut the structure."""
        structure, text = result.get("structuredContent"), text_of(result)
        if not isinstance(structure, dict) or not text or result.get("isError"):
            return None
        half = text[: max(1, len(text) // 2)]
        shown = {key: half if value == text else value for key, value in structure.items()}
        if shown == structure:
            shown = _shorter(structure)
        return None if shown == structure else {**result, "structuredContent": shown}


def _shorter(structure: dict[str, Any]) -> dict[str, Any]:
    """The structure with its longest list cut in half."""
    lists = [key for key, value in structure.items() if isinstance(value, list)]
    if not lists:
        return structure
    longest = max(lists, key=lambda key: len(structure[key]))
    return {**structure, longest: structure[longest][: len(structure[longest]) // 2]}
