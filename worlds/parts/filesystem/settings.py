"""What a world file says about a server's files."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from worlds.clock import parse_time
from worlds.part import Settings
from worlds.parts.filesystem.content import Base64, Mode, Target, Text, content, file_path, root_path
from worlds.parts.filesystem.node import storable


def _is_time(text: str) -> str:
    if parse_time(text) != storable(parse_time(text)):
        raise ValueError("a modification time lies between the years 1678 and 2262")
    return text


Time = Annotated[str, AfterValidator(_is_time)]


class Item(Settings):
    """One entry of a tree: exactly one of text, base64, symlink and dir, with a mode and a time if wanted."""

    text: Text | None = Field(default=None, description="Content as text, stored as UTF-8.")
    base64: Base64 | None = Field(default=None, description="Content as base64.")
    symlink: Target | None = Field(default=None, description="What a symbolic link says; it need not exist.")
    dir: bool = Field(False, description="Whether this is a directory.")
    mode: Mode | None = Field(default=None, description="Permission bits in octal digits; 644 or 755 when absent.")
    mtime: Time | None = Field(default=None, description="Modification time, ISO 8601; UTC when it names no zone.")

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"text": data}
        if not isinstance(data, dict | Item):
            raise ValueError("give the content as text, or an entry with text, base64, symlink or dir")
        return data

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        forms = (self.text is not None, self.base64 is not None, self.symlink is not None, self.dir)
        if sum(forms) != 1:
            raise ValueError("give exactly one of: text, base64, symlink, dir (a path that ends in / is a directory)")
        if self.symlink is not None and self.mode is not None:
            raise ValueError("a symlink has no mode of its own")
        return self

    def data(self) -> bytes:
        """The bytes of a file."""
        return content(self.text, self.base64)


Entry = Annotated[Item, BeforeValidator(lambda value: value, json_schema_input_type=str | Item | None)]
"""An entry; a text alone is a file's, and nothing is enough for a directory."""


class Quota(Settings):
    """What a tree may hold before writing fails with ENOSPC."""

    bytes: int | None = Field(default=None, ge=0, description="Most bytes in all files together.")
    files: int | None = Field(default=None, ge=0, description="Most files, directories and links, the root included.")


class FilesystemSettings(Settings):
    """The files of one server: a root, a folder to copy, entries written in place, and a quota."""

    root: Annotated[str, AfterValidator(root_path)] = Field(
        "/workspace", description="Absolute path of the files as an agent sees them."
    )
    from_: str | None = Field(None, alias="from", description="A folder beside the world file to start from.")
    plain: bool = Field(
        False,
        description="Leave that folder's modes (beyond executable), times and `__pycache__` behind, as for "
        "a folder under version control, where they differ from checkout to checkout; its files then have the world's "
        "first time.",
    )
    tree: dict[Annotated[str, AfterValidator(file_path)], Entry] = Field(
        default_factory=dict,
        description="Path below the root to its content: a text, or an entry with text, base64, symlink or dir.",
    )
    quota: Quota = Field(Quota(), description="What the files may take.")

    @model_validator(mode="before")
    @classmethod
    def _trailing_slashes(cls, data: Any) -> Any:
        """A path that ends in a slash is a directory without being told so."""
        tree = data.get("tree") if isinstance(data, dict) else None
        if not isinstance(tree, dict):
            return data
        return {**data, "tree": {path: _folder(path, item) for path, item in tree.items()}}

    @model_validator(mode="after")
    def _slashes_end_folders(self) -> Self:
        for path, item in self.tree.items():
            if path.endswith("/") and not item.dir:
                raise ValueError(f"tree: {path!r} ends in a slash, so it is a directory and holds no content itself")
        return self


def _folder(path: object, item: Any) -> Any:
    if not isinstance(path, str) or not path.endswith("/") or not isinstance(item, dict | None):
        return item
    return {"dir": True, **(item or {})}
