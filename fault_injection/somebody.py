"""What others do to a world, as data, and what they would do to the thing that a call names."""

from typing import Any

from pydantic import Field

from fault_injection.scene import Ground, Scene
from worlds.part import Settings


class Deed(Settings):
    """An operation on a part of the world, as events have it."""

    server: str | None = Field(None, description="On which server; default: that of the call.")
    operation: str = Field(alias="do", description="The operation of that kind of part, such as `append` or `update`.")
    settings: dict[str, Any] = Field(default_factory=dict, alias="with", description="Its arguments.")


def somebody(ground: Ground, scene: Scene) -> Deed | None:
    """What somebody may do to what the call names: a line more in a file that is there. None where nothing fits."""
    arguments = scene.asked.arguments
    path = arguments.get("path") if isinstance(arguments, dict) else None
    if ground.part.kind != "filesystem" or not isinstance(path, str):
        return None
    part: Any = ground.part
    try:
        if part.lstat(path).kind != "file":
            return None
    except Exception:  # whatever the tree says of the path, nobody can edit it
        return None
    word = scene.draws.hex(6, "word")
    return Deed.model_validate({"do": "append", "with": {"path": path, "text": f"\n-- {word}\n"}})
