"""A page of a list is skipped, or stands there twice, as when things move while somebody leafs through them."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from fault_injection.fault import Rewriting, fault
from fault_injection.results import records_in, retold
from fault_injection.scene import Scene


@fault("page_broken")
class PageBroken(Rewriting):
    """A page of a list is skipped, or stands there twice, as when things move while somebody leafs through them."""

    recovery: ClassVar[str] = "Count what came, compare with how many there should be, and ask for the rest."
    how: Literal["skip", "repeat"] = Field("skip", description="Whether a page is missing or comes twice.")
    share: float = Field(0.3, description="How much of the list is a page.", gt=0, lt=1)

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Leave a stretch out, or put the stretch before it in its place."""

        def broken(text: str) -> str | None:
            found = records_in(text)
            if found is None or len(found.items) < 2:
                return None
            items, size = found.items, max(1, int(len(found.items) * self.share))
            at = 1 + scene.draws.below(max(1, len(items) - size), "page")
            page = items[max(0, at - size) : at] if self.how == "repeat" else []
            return found.spell([*items[:at], *page, *items[at + size :]])

        return retold(result, broken)
