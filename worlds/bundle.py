"""A world in its first state as one file that another machine can present: the state, and how servers show it.

It holds the state itself and not the files from which it was made, so that whoever takes it in has the very same one:
what a scenario changes in a world and what is to happen in it are part of the state. Beside it stand the servers as a
world file has them, and such Python files of the world's author as tools and services run.
"""

import ast
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from worlds.archive import Kind, packed, unpacked
from worlds.blobs import MemoryBlobs
from worlds.clock import show_time
from worlds.digest import content_hash
from worlds.errors import ArchiveError, NotForkable, WorldError
from worlds.part import Bound, Coded, part_kinds
from worlds.pysource import syntax_tree
from worlds.world import World
from worlds.worldfile import WorldPlan

KIND: Final = Kind("soundstage-bundle", 1, "bundle", 1 << 30)
_FILES_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Code:
    """The Python files of one server: the one that is named, and those that it imports from beside it."""

    name: str
    files: Mapping[str, str]
    """By relative path, the address of what each says."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A world's first state, its servers, and their code."""

    document: Mapping[str, Any]
    """The world as a world file says it."""
    manifest: Mapping[str, Any]
    """The dump of the state."""
    code: Mapping[str, Code]
    """By server."""
    blobs: MemoryBlobs

    def written(self) -> bytes:
        """The bundle as a file."""
        code = {server: {"name": each.name, "files": dict(each.files)} for server, each in self.code.items()}
        content = {"document": dict(self.document), "world": dict(self.manifest), "code": code}
        return packed(KIND, content, self.blobs)


def address_of(data: bytes) -> str:
    """By what a bundle is known: the hash of the file."""
    return content_hash(data).hex()


def bundle_of(plan: WorldPlan, world: World, without: Sequence[str] = ()) -> Bundle:
    """The bundle of a planned world in a state that nobody changes; companions named in `without` stay here.

    Raises NotForkable where a part's state cannot be copied, and WorldError for code that cannot be read.
    """
    blobs = MemoryBlobs()
    code = dict(_codes(plan, world, blobs))
    sent = world.fork()
    sent.companions = {name: each for name, each in sent.companions.items() if name not in without}
    servers = {name: {"kind": server.kind, **server.entry} for name, server in plan.servers.items()}
    document = {"soundstage": 1, "world": plan.name, "clock": show_time(plan.clock_ns), "servers": servers}
    return Bundle(document, sent.dump(blobs), code, blobs)


def read_bundle(data: bytes) -> Bundle:
    """The bundle in a file. Raises ArchiveError for anything damaged, foreign or too new."""
    head, blobs = unpacked(KIND, io.BytesIO(data))
    try:
        code = {
            str(server): Code(_safe(each["name"]), {_safe(path): str(at) for path, at in each["files"].items()})
            for server, each in head["code"].items()
        }
        bundle = Bundle(dict(head["document"]), dict(head["world"]), code, blobs)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArchiveError(f"the bundle does not describe a world: {error!r}") from None
    for each in code.values():
        if each.name not in each.files or any(address not in blobs.items for address in each.files.values()):
            raise ArchiveError("the bundle lacks code that it names")
    return bundle


def unpack_code(bundle: Bundle, folder: Path) -> dict[str, Path]:
    """Write each server's code into a folder of its own below `folder`; returns the file of each server. OSError."""
    found = {}
    for number, (server, code) in enumerate(sorted(bundle.code.items())):
        own = folder / str(number)
        for path, address in code.files.items():
            target = own / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(bundle.blobs.get(address))
        found[server] = own / code.name
    return found


def _codes(plan: WorldPlan, world: World, blobs: MemoryBlobs) -> Iterator[tuple[str, Code]]:
    for name, part in world.parts.items():
        if isinstance(part, Bound):
            raise NotForkable(f"{name}: {part.bound}", hint="such a server can only be served where it is")
        builder: Any = part_kinds.get(plan.servers[name].kind)
        path = builder.code_of(part) if isinstance(builder, Coded) else None
        if path is not None:
            yield name, Code(path.name, {each: blobs.put(text) for each, text in code_files(path).items()})


def code_files(path: Path) -> dict[str, bytes]:
    """A Python file and all that it imports from beside it, by relative path. Raises WorldError."""
    folder, found, waiting = path.parent, dict[str, bytes](), [path]
    while waiting:
        here = waiting.pop()
        name = here.relative_to(folder).as_posix()
        if name in found:
            continue
        if len(found) >= _FILES_MAX:
            raise WorldError(f"{path}: it imports more than {_FILES_MAX} files from beside it")
        try:
            found[name] = here.read_bytes()
            waiting += _beside(syntax_tree(found[name]), here, folder)
        except (OSError, SyntaxError, ValueError) as error:
            raise WorldError(f"{here}: {error}") from None
    return found


def _beside(tree: ast.AST, here: Path, folder: Path) -> Iterator[Path]:
    """The files that a module's imports mean, as far as they lie in the folder."""
    for name, base in _imported(tree, here, folder):
        place = base
        for word in name.split("."):
            place = place / word
            yield from (each for each in (place.with_suffix(".py"), place / "__init__.py") if each.is_file())


def _imported(tree: ast.AST, here: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Each imported name, and the folder in which it is looked for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((each.name, folder) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here.parents[node.level - 1] if node.level else folder
            if base == folder or folder in base.parents:
                module = f"{node.module}." if node.module else ""
                yield from ((f"{module}{each.name}", base) for each in node.names if each.name != "*")
                yield from ([(node.module, base)] if node.module else [])


def _safe(path: Any) -> str:
    """A relative path that leads nowhere else. Raises ArchiveError."""
    pure = PurePosixPath(str(path))
    if not isinstance(path, str) or pure.is_absolute() or not pure.parts or ".." in pure.parts or "\\" in path:
        raise ArchiveError(f"the bundle names a file outside of it: {path!r}")
    if any(":" in part or "\0" in part for part in pure.parts) or pure.as_posix() != path:
        raise ArchiveError(f"the bundle names a file in an odd way: {path!r}")
    return path
