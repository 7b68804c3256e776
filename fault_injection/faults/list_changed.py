"""The tool list changes: a tool vanishes, or has another name, other words or other arguments."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from fault_injection.fault import Listing, fault
from worlds.merge import merged

_CHANGES = ("vanishes", "name", "words", "arguments", "schema_")


@fault("list_changed")
class ListChanged(Listing):
    """The tool list changes: a tool vanishes, or has another name, other words or other arguments."""

    recovery: ClassVar[str] = "List the tools again, and go on with what is there."
    vanishes: bool = Field(False, description="It is gone: calls of it are refused as those of any unknown tool.")
    name: str | None = Field(None, description="Its new name, under which it works.", pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    words: str | None = Field(
        None, alias="description", description="Its new description.", min_length=1, max_length=10_000
    )
    arguments: dict[str, str] = Field(default_factory=dict, description="Arguments to their new names.", max_length=64)
    schema_: dict[str, Any] = Field(
        default_factory=dict, alias="schema", description="A merge patch of its input schema; calls must fit it."
    )

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not any(getattr(self, name) for name in _CHANGES):
            raise ValueError("it changes nothing; give one of: vanishes, name, description, arguments, schema")
        if self.vanishes and any(getattr(self, name) for name in _CHANGES[1:]):
            raise ValueError("a tool that vanishes has no other name, words or arguments")
        return self

    @property
    def new_name(self) -> str | None:
        """As it was written."""
        return self.name

    @property
    def reshapes(self) -> bool:
        """Whether arguments have other names or another shape."""
        return bool(self.arguments or self.schema_)

    def listed(self, tool: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The tool's entry with what changes, keys in their order."""
        if self.vanishes:
            return None
        schema = merged(_renamed(tool.get("inputSchema", {}), self.arguments), self.schema_)
        changed = {**tool, "inputSchema": schema} if self.arguments or self.schema_ else dict(tool)
        changed |= {"name": self.name} if self.name is not None else {}
        return changed | ({"description": self.words} if self.words is not None else {})

    def meant(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments under the names that the server knows; their old names mean nothing any more."""
        known = {new: old for old, new in self.arguments.items()}
        return {
            known.get(name, name): value
            for name, value in arguments.items() if name in known or name not in self.arguments
        }  # fmt: skip


def _renamed(schema: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A schema whose properties have other names."""
    made = dict(schema)
    if isinstance(made.get("properties"), Mapping):
        made["properties"] = {names.get(name, name): value for name, value in made["properties"].items()}
    if isinstance(made.get("required"), list | tuple):
        made["required"] = [names.get(name, name) for name in made["required"]]
    return made
