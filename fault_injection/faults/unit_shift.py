"""A number is in another unit than usual: cents for whole units, thousands for ones."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from pydantic import Field

from fault_injection.fault import Rewriting, fault
from fault_injection.results import records_in, retold
from fault_injection.scene import Scene

_AMOUNT_MAX: Final = 10**15
"""Larger numbers would lose digits."""


@fault("unit_shift")
class UnitShift(Rewriting):
    """A number is in another unit than usual: cents for whole units, thousands for ones."""

    recovery: ClassVar[str] = "Compare with another number of the same kind before acting on it."
    factor: float = Field(100, description="What the numbers are multiplied by.", gt=0, le=10**6)
    field: str | None = Field(None, description="Which field; default: one that holds numbers is drawn.")

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Shift the field in every record."""

        def shifted(text: str) -> str | None:
            found = records_in(text)
            if found is None or not found.rows:
                return None
            first = found.items[found.rows[0]]
            names = [name for name in first if _is_amount(name, first[name]) and self.field in (None, name)]
            if not names:
                return None
            name = names[scene.draws.below(len(names), "field")]
            return found.spell([self._shifted(item, name) for item in found.items])

        return retold(result, shifted)

    def _shifted(self, item: Any, name: str) -> Any:
        if not isinstance(item, dict) or not _is_amount(name, item.get(name)):
            return item
        value = item[name] * self.factor
        whole = isinstance(item[name], int) and float(value).is_integer()
        return {**item, name: int(value) if whole else value}


def _is_amount(name: str, value: Any) -> bool:
    """Whether a value counts or measures something; identifiers do not."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _AMOUNT_MAX
    return number and name != "id" and not name.endswith(("_id", "Id"))
