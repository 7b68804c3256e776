"""Two records have one of their values exchanged, as when a lookup is off by one."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from fault_injection.fault import Rewriting, fault
from fault_injection.results import records_in, retold
from fault_injection.scene import Scene


@fault("wrong_neighbour")
class WrongNeighbour(Rewriting):
    """Two records have one of their values exchanged, as when a lookup is off by one."""

    recovery: ClassVar[str] = "Check what matters with a second question before acting on it."
    field: str | None = Field(None, description="Which field; default: one whose values differ is drawn.")

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Exchange a value between a drawn record and the next one."""

        def crossed(text: str) -> str | None:
            found = records_in(text)
            if found is None or len(found.rows) < 2:
                return None
            at = scene.draws.below(len(found.rows) - 1, "which")
            one, other = found.rows[at], found.rows[at + 1]
            first, second = found.items[one], found.items[other]
            names = [name for name in first if name in second and first[name] != second[name]]
            names = [name for name in names if name == self.field] if self.field else names[1:] or names
            if not names:
                return None
            name = names[scene.draws.below(len(names), "field")]
            items = list(found.items)
            items[one], items[other] = {**first, name: second[name]}, {**second, name: first[name]}
            return found.spell(items)

        return retold(result, crossed)
