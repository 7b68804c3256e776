"""The result lacks its content, so that clients cannot read it."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from fault_injection.fault import Layer, Rewriting, fault
from fault_injection.scene import Scene

_NEEDED: Final = frozenset({
    "content", "structuredContent", "tools", "resources", "resourceTemplates", "contents", "prompts", "messages",
    "completion", "protocolVersion", "supportedVersions",
})  # fmt: skip


@fault("invalid_result")
class InvalidResult(Rewriting):
    """The result lacks its content, so that clients cannot read it."""

    of_requests: ClassVar[bool] = True
    layer: ClassVar[Layer] = "rpc"
    explicit: ClassVar[bool] = True
    recovery: ClassVar[str] = "Find out whether it happened, then ask again."

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Everything but what such a result must have."""
        return {key: value for key, value in result.items() if key not in _NEEDED}
