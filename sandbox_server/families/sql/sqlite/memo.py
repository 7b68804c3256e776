"""The insights memo: what the imitated server remembers beside the database, as long as its process lives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from worlds.digest import value_hash

_NONE_YET: Final = "No business insights have been discovered yet."
_HEAD: Final = "📊 Business Intelligence Memo 📊\n\nKey Insights Discovered:\n\n"


@dataclass(frozen=True, slots=True)
class Memo:
    """The insights in the order in which they were noted. Immutable: noting one gives another memo."""

    insights: tuple[str, ...] = ()

    def noting(self, insight: str) -> "Memo":
        """The memo with one more insight."""
        return Memo((*self.insights, insight))

    @property
    def text(self) -> str:
        """The memo as the resource shows it."""
        if not self.insights:
            return _NONE_YET
        text = _HEAD + "\n".join(f"- {insight}" for insight in self.insights)
        return text if len(self.insights) == 1 else f"{text}\nSummary:\n{_summary(len(self.insights))}"

    def fork(self) -> Self:
        """Itself."""
        return self

    def digest(self) -> bytes:
        """32 bytes over the insights."""
        return value_hash(self.insights)

    def dump(self) -> Mapping[str, Any]:
        """The insights as JSON."""
        return {"insights": list(self.insights)}

    def load(self, state: Mapping[str, Any]) -> Self:
        """A memo with dumped insights."""
        return type(self)(tuple(state["insights"]))


def _summary(count: int) -> str:
    return (
        f"Analysis has revealed {count} key business insights that suggest opportunities for strategic optimization "
        "and growth."
    )
