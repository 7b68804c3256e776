"""A field of the records is named, typed or placed differently than before."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from fault_injection.fault import Rewriting, fault
from fault_injection.results import records_in, retold
from fault_injection.scene import Scene


@fault("schema_drift")
class SchemaDrift(Rewriting):
    """A field of the records is named, typed or placed differently than before."""

    recovery: ClassVar[str] = "Look at what the fields are called now before using them."
    how: Literal["rename", "retype", "nest", "drop"] = Field("rename", description="What happens to the field.")
    field: str | None = Field(None, description="Which field; default: one is drawn.")

    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """Change the field in every record that has it."""

        def drifted(text: str) -> str | None:
            found = records_in(text)
            if found is None or not found.rows:
                return None
            names = list(found.items[found.rows[0]])
            name = self.field or names[scene.draws.below(len(names), "field")]
            return found.spell(
                [_WAYS[self.how](item, name) if isinstance(item, dict) else item for item in found.items]
            )

        return retold(result, drifted)


Item = dict[str, Any]


def _rename(item: Item, name: str) -> Item:
    other = "".join(part.title() if place else part for place, part in enumerate(name.split("_")))
    return {(other if other != name else f"{name}_value") if key == name else key: item[key] for key in item}


def _retype(item: Item, name: str) -> Item:
    return {key: str(value) if key == name and not isinstance(value, str) else [value] if key == name else value
            for key, value in item.items()}  # fmt: skip


def _nest(item: Item, name: str) -> Item:
    return {key: {"value": value} if key == name else value for key, value in item.items()}


def _drop(item: Item, name: str) -> Item:
    return {key: value for key, value in item.items() if key != name}


_WAYS: Final[Mapping[str, Callable[[Item, str], Item]]] = {
    "rename": _rename, "retype": _retype, "nest": _nest, "drop": _drop,
}  # fmt: skip
