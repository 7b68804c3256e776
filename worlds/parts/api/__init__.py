"""API worlds: a stateful service made from an OpenAPI document, seed data and declared behaviour."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from worlds.blobs import Blobs
from worlds.part import Ground, Part, Settings, part_kinds
from worlds.parts.api.settings import ApiSettings


@part_kinds.register("api")
class ApiBuilder:
    """Builds the part of a server of kind `api`; what that needs is imported by worlds that have one."""

    Settings: ClassVar[type[Settings]] = ApiSettings

    def build(self, settings: ApiSettings, ground: Ground) -> Part:
        """The service in its first state."""
        part: Part = importlib.import_module(f"{__name__}.building").build(settings, ground)
        return part

    def load(self, manifest: Mapping[str, Any], blobs: Blobs) -> Part:
        """The service that a snapshot holds."""
        part: Part = importlib.import_module(f"{__name__}.part").ApiPart.load(manifest, blobs)
        return part

    def code_of(self, part: Any) -> Path | None:
        """The service's own Python file."""
        origin = part.definition.origin
        named = origin["settings"].get("code")
        return Path(origin["folder"]) / named if named else None

    def located(self, manifest: Mapping[str, Any], code: Path) -> dict[str, Any]:
        """The manifest of a service whose Python file is that one now."""
        return {**manifest, "service": {**manifest["service"], "code_at": str(code)}}
