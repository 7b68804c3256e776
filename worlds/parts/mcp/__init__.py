"""A real server's place in a world: it has no state here, so nothing of it can be forked, put back or played again."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from pydantic import Field, model_validator

from worlds.blobs import Blobs
from worlds.changes import Actor, Change
from worlds.digest import content_hash
from worlds.errors import WorldError
from worlds.part import Ground, Moment, Settings, part_kinds

__all__ = ["OutsideBuilder", "OutsidePart", "OutsideSettings"]

_NOTHING: Final = content_hash(b"outside")


class OutsideSettings(Settings):
    """A real MCP server: started by a command, or reached at a URL."""

    command: str | list[str] | None = Field(
        default=None,
        description="A command that is started in the world file's folder and talks over its stdin and stdout.",
    )
    env: Mapping[str, str] = Field(default_factory=dict, description="Environment of the command, beside the usual.")
    url: str | None = Field(
        default=None, description="Where it listens (streamable HTTP), if it is not started.", pattern=r"^https?://"
    )
    headers: Mapping[str, str] = Field(default_factory=dict, description="Headers of each request to the URL.")
    timeout_s: float = Field(default=120, gt=0, le=3_600, description="Seconds until an answer is given up.")
    trace: str | None = Field(
        default=None, description="A file beside the world file to which all traffic is appended as JSON lines."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.command is None) is (self.url is None):
            raise ValueError("give either `command` or `url`")
        if self.url is None and self.headers:
            raise ValueError("`headers` belong to a `url`")
        if self.command is None and self.env:
            raise ValueError("`env` belongs to a `command`")
        if self.command is not None and not self.words:
            raise ValueError("`command` is empty")
        return self

    @property
    def words(self) -> list[str]:
        """The command's words."""
        return shlex.split(self.command) if isinstance(self.command, str) else list(self.command or ())


class OutsidePart:
    """Stands for a real server, of whose state nobody here knows."""

    kind: ClassVar[str] = "mcp"

    def __init__(self, settings: OutsideSettings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder

    @property
    def bound(self) -> str:
        """Why a world with this part can be neither forked nor put back."""
        where = self.settings.url or " ".join(self.settings.words)
        return f"a real server ({where}) keeps its own state"

    def fork(self) -> Self:
        """Itself: both copies of the world mean the one real server."""
        return self

    def adopt(self, other: Self) -> None:
        """Nothing is there to take over."""

    def same(self, older: Self) -> bool:
        """Nothing that is known of here ever changes."""
        return True

    def settle(self, actor: Actor) -> Sequence[Change]:
        """Nothing that is known of here ever changes."""
        return ()

    def digest(self) -> bytes:
        """The same for all such parts."""
        return _NOTHING

    def marks_digest(self) -> bytes:
        """The same for all such parts."""
        return _NOTHING

    def recomputed(self) -> tuple[bytes, bytes]:
        """Both digests."""
        return _NOTHING, _NOTHING

    def diff(self, older: Self) -> Sequence[Change]:
        """Nothing that is known of here ever changes."""
        return ()

    def dump(self, blobs: Blobs) -> dict[str, Any]:
        """What is written about the server."""
        return {"settings": self.settings.model_dump(mode="json"), "folder": str(self.folder)}

    @classmethod
    def load(cls, manifest: Mapping[str, Any], blobs: Blobs) -> Self:
        """The part that `dump` described."""
        return cls(OutsideSettings.model_validate(manifest["settings"]), Path(manifest["folder"]))

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> Any:
        """Refuse: only its tools reach a real server. Raises WorldError."""
        raise WorldError(f"{operation!r} cannot be done to a real server", hint="it has no operations, only tools")

    def close(self) -> None:
        """Nothing is held."""


@part_kinds.register("mcp")
class OutsideBuilder:
    """Builds the part of a server of kind `mcp`."""

    Settings: ClassVar[type[Settings]] = OutsideSettings

    def build(self, settings: OutsideSettings, ground: Ground) -> OutsidePart:
        """The part."""
        return OutsidePart(settings, ground.folder)

    def load(self, manifest: Mapping[str, Any], blobs: Blobs) -> OutsidePart:
        """The part that a snapshot holds."""
        return OutsidePart.load(manifest, blobs)
