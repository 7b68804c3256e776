"""Look at one file: whether it is there, what it says, its mode, or what a JSON file holds at a place."""

import json
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from harness.check import Evidence, Ungradable, check_kinds
from worlds.expectation import Expectation, Found, Judgement, judge
from worlds.json_place import MISSING, steps_of, value_at
from worlds.part import Settings
from worlds.parts.filesystem import FileError, FileTree
from worlds.parts.filesystem.content import Mode
from worlds.world import World


class FilePlace(Settings):
    """Which file, and what of it."""

    path: str = Field(description="The file's absolute path, as the agent sees it.", pattern="^/")
    on: str | None = Field(default=None, description="The file server, where a world has several.")
    json_path: str | None = Field(
        None,
        alias="json",
        description="A place in a JSON file: `totals.web`, `rows[0].id`, `$` for all.",
    )

    @field_validator("json_path")
    @classmethod
    def _is_a_place(cls, text: str | None) -> str | None:
        if text is not None:
            steps_of(text)
        return text


def _spelled_out(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


class FileCheck(Expectation):
    """A file and what must hold of it; without an expectation, `exists` alone."""

    file: Annotated[FilePlace, BeforeValidator(_spelled_out, json_schema_input_type=str | FilePlace)] = Field(
        description="A path, or a mapping with `path`."
    )
    exists: bool = Field(default=True, description="Whether the file must be there.")
    mode: Mode | None = Field(
        default=None, description="Its permissions in octal, such as '640' or '0755'; folders have some, too."
    )

    @model_validator(mode="after")
    def _a_missing_file_says_nothing(self) -> Self:
        if not self.exists and (self.expects or self.file.json_path is not None or self.mode is not None):
            raise ValueError("a file that must not exist cannot be expected to hold something")
        return self


@check_kinds.register("file")
class File:
    """Reads files of snapshots."""

    Settings: ClassVar[type[Settings]] = FileCheck

    def relevance(self, settings: FileCheck) -> Callable[[str], bool]:
        """Changes of files, on the server if one is named: links may lead from any file to any other."""
        server = settings.file.on
        return lambda path: f"{path}:/".startswith(f"{server}:/") if server else ":/" in path

    def judge(self, settings: FileCheck, evidence: Evidence) -> Judgement:
        """Read the final world's file; links are followed inside the tree."""
        tree = tree_of(evidence.final, settings.file.on)
        if not tree.inside(settings.file.path):
            raise Ungradable(f"{settings.file.path} never changes", hint=f"its server's files are below {tree.root}")
        if settings.mode is not None:
            mode = _mode(tree, settings.file.path)
            right = mode is not None and mode == int(settings.mode, 8)
            if not right or not (settings.expects or settings.file.json_path):
                return Judgement(right, f"mode {settings.mode}", "no such file" if mode is None else f"mode {mode:03o}")
        text = _read(tree, settings.file.path)
        if text is None or not settings.exists or not (settings.expects or settings.file.json_path):
            there = text is not None
            words = "there" if settings.exists else "not there"
            return Judgement(there is settings.exists, words, "there" if there else "no such file")
        found = Found(text) if settings.file.json_path is None else _at(text, settings.file.json_path)
        if not settings.expects:
            return Judgement(not found.note, f"{settings.file.json_path} there", found.note or "there")
        return judge(settings, found)


def tree_of(world: World, server: str | None) -> FileTree:
    """The file tree that a check means: the named one, or the only one. Raises Ungradable."""
    trees = {name: part for name, part in world.parts.items() if isinstance(part, FileTree)}
    if server is not None and server not in trees:
        raise Ungradable(f"{server!r} is no file server", hint=f"file servers: {', '.join(trees) or 'none'}")
    if server is None and len(trees) != 1:
        raise Ungradable("which file server is meant?", hint=f"write `on`: one of {', '.join(trees) or 'none'}")
    return trees[server] if server else next(iter(trees.values()))


def _read(tree: FileTree, path: str) -> str | None:
    try:
        return tree.read(path).decode("utf-8", "replace")
    except FileError:
        return None


def _mode(tree: FileTree, path: str) -> int | None:
    """The permissions of what lies at a path, links followed; None where nothing does."""
    try:
        return tree.stat(path).mode
    except FileError:
        return None


def _at(text: str, place: str) -> Found:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Found(note=f"nothing: not JSON: {error}")
    found = value_at(value, place)
    return Found(note=f"nothing at {place}") if found is MISSING else Found(found)
