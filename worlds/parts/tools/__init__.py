"""What tools of a person's own keep: tables of records, beside all other parts of the world, which they may use."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, field_validator

from worlds.blobs import Blobs
from worlds.errors import WorldError
from worlds.part import Ground, Settings, part_kinds
from worlds.records import Record, Records, RecordsPart, Table

__all__ = ["ToolsBuilder", "ToolsPart", "ToolsSettings"]


class ToolsSettings(Settings):
    """Tools of a person's own."""

    code: str = Field(description="A Python file beside the world file; its public functions become tools.")
    tables: Mapping[str, Mapping[str, dict[str, Any]] | list[dict[str, Any]]] = Field(
        default_factory=dict,
        description="What the tools keep: by table, records by key, or a list of records with an `id` each.",
    )

    @field_validator("tables")
    @classmethod
    def _keys_are_there(cls, tables: Any) -> Any:
        for name, records in tables.items():
            if isinstance(records, list) and not all("id" in record for record in records):
                raise ValueError(f"{name}: every record of a list needs an `id`")
        return tables


class ToolsPart(RecordsPart):
    """The state of such tools."""

    kind: ClassVar[str] = "tools"
    __slots__ = ("code",)

    def __init__(self, records: Records, code: Path) -> None:
        """`code`: the file with the functions; no state, and none of the part's business."""
        super().__init__(records)
        self.code = code

    def share(self, other: "ToolsPart") -> None:
        """The file stays the same."""
        self.code = other.code

    def take_fixed(self, manifest: Mapping[str, Any], blobs: Blobs) -> None:
        """A snapshot holds state and no code, unless whoever reads it says where that lies."""
        self.code = Path(manifest.get("code", ""))


@part_kinds.register("tools")
class ToolsBuilder:
    """Builds the part of a server of kind `tools`."""

    Settings: ClassVar[type[Settings]] = ToolsSettings

    def build(self, settings: ToolsSettings, ground: Ground) -> ToolsPart:
        """The tables in their first state. Raises WorldError where the file is missing."""
        code = (ground.folder / settings.code).resolve()
        if not code.is_file():
            raise WorldError(f"code: there is no file {code}", hint="name a Python file beside the world file")
        first = {name: _keyed(records) for name, records in settings.tables.items()}
        return ToolsPart(Records([Table(name) for name in first], first), code)

    def load(self, manifest: Mapping[str, Any], blobs: Blobs) -> ToolsPart:
        """The tables that a snapshot holds."""
        return ToolsPart.load(manifest, blobs)

    def code_of(self, part: ToolsPart) -> Path | None:
        """The file with the functions."""
        return part.code

    def located(self, manifest: Mapping[str, Any], code: Path) -> dict[str, Any]:
        """The manifest of tools whose functions lie in that file now."""
        return {**manifest, "code": str(code)}


def _keyed(records: Mapping[str, Record] | list[dict[str, Any]]) -> list[tuple[str, Record]]:
    if isinstance(records, Mapping):
        return list(records.items())
    return [(str(record["id"]), record) for record in records]
