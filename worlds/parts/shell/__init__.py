"""A shell's place in a world: commands work on the tree of a file server, and nothing else of them is kept."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import Field

from worlds.blobs import Blobs
from worlds.changes import Actor, Change
from worlds.digest import content_hash
from worlds.errors import WorldError
from worlds.part import Ground, Moment, Settings, part_kinds

__all__ = ["ShellBuilder", "ShellPart", "ShellSettings"]


class ShellSettings(Settings):
    """A shell over the files of another server."""

    tree: str = Field(default="files", description="The server of kind `filesystem` in whose tree commands run.")
    seconds: float = Field(
        default=30, gt=0, le=600, description="How long a command may take before it is stopped; real time."
    )
    output_bytes: int = Field(
        default=65_536, ge=1, le=1_048_576,
        description="How much of each output is kept; the rest is cut off, and the answer says so.",
    )  # fmt: skip


class ShellPart:
    """What a shell keeps: how it was set up. The state is that of the tree."""

    kind: ClassVar[str] = "shell"

    def __init__(self, settings: ShellSettings) -> None:
        self.settings = settings
        self._digest = content_hash(settings.model_dump_json().encode())

    def fork(self) -> Self:
        """Itself: nothing of it ever changes."""
        return self

    def adopt(self, other: Self) -> None:
        """Take over how another one was set up."""
        self.settings, self._digest = other.settings, other._digest

    def same(self, older: Self) -> bool:
        """Whether both were set up alike."""
        return self._digest == older._digest

    def settle(self, actor: Actor) -> Sequence[Change]:
        """Nothing changes here."""
        return ()

    def digest(self) -> bytes:
        """A hash of how it was set up."""
        return self._digest

    def marks_digest(self) -> bytes:
        """The same: there is nothing else."""
        return self._digest

    def recomputed(self) -> tuple[bytes, bytes]:
        """Both digests."""
        found = content_hash(self.settings.model_dump_json().encode())
        return found, found

    def diff(self, older: Self) -> Sequence[Change]:
        """Nothing changes here."""
        return ()

    def dump(self, blobs: Blobs) -> dict[str, Any]:
        """How it was set up."""
        return {"settings": self.settings.model_dump(mode="json")}

    @classmethod
    def load(cls, manifest: Mapping[str, Any], blobs: Blobs) -> Self:
        """The part that `dump` described."""
        return cls(ShellSettings.model_validate(manifest["settings"]))

    def perform(self, operation: str, arguments: Mapping[str, Any], moment: Moment) -> Any:
        """Refuse: a shell has only its tool. Raises WorldError."""
        raise WorldError(
            f"{operation!r} cannot be done to a shell", hint="it has no operations, only its tool; files are its tree's"
        )

    def close(self) -> None:
        """Nothing is held."""


@part_kinds.register("shell")
class ShellBuilder:
    """Builds the part of a server of kind `shell`."""

    Settings: ClassVar[type[Settings]] = ShellSettings

    def build(self, settings: ShellSettings, ground: Ground) -> ShellPart:
        """The part."""
        return ShellPart(settings)

    def load(self, manifest: Mapping[str, Any], blobs: Blobs) -> ShellPart:
        """The part that a snapshot holds."""
        return ShellPart.load(manifest, blobs)
