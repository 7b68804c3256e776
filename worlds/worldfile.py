"""The world file: what a person writes to say what exists, read, checked and built into a World."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator

from worlds.chance import Chance
from worlds.clock import Clock, ClockState, Mode, parse_time
from worlds.errors import UnknownName, WorldError
from worlds.part import Doubt, Ground, Settings, part_kinds
from worlds.world import World
from worlds.yamlfile import Document, FileProblem, read_yaml

LIBRARY = Path(__file__).parent / "library"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TAKEN = frozenset({"before", "information_schema", "pg_catalog", "system", "temp"})
"""Names that mean something else where servers are named in SQL."""
FIRST_TIME = "2026-01-05T09:00:00Z"


class WorldFile(Settings):
    """A world as a file says it."""

    soundstage: Literal[1] = Field(1, description="Version of the file format.")
    world: str = Field(
        description="Name of the world: lower-case letters, digits, _ and -.", pattern=r"^[a-z][a-z0-9_-]*$"
    )
    description: str = Field("", description="One sentence for people who choose a world.")
    clock: str = Field(FIRST_TIME, description="First time of the world, ISO 8601; UTC when it names no zone.")
    servers: dict[str, dict[str, Any]] = Field(description="Server name to its kind and settings.", min_length=1)

    @field_validator("clock")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        parse_time(text)
        return text


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """One server as it is written: its kind, and every other key as plain data."""

    name: str
    kind: str
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """A checked world file: enough to build the world as often as one likes."""

    name: str
    description: str
    clock_ns: int
    folder: Path
    servers: Mapping[str, ServerPlan]
    document: Document
    prefix: tuple[str | int, ...] = field(default=())
    """Where the world stands inside its document (a scenario may hold a whole world)."""

    def part_settings(self, server: ServerPlan) -> Settings:
        """The keys of a server's entry that concern its part, checked. Raises FileProblem."""
        return self.checked(server, part_kinds.get(server.kind).Settings)

    def checked(self, server: ServerPlan, model: type[Settings]) -> Settings:
        """Those keys of an entry that `model` knows, as that model. Raises FileProblem."""
        known = field_names(model)
        try:
            return model.model_validate({key: value for key, value in server.entry.items() if key in known})
        except ValidationError as error:
            raise self.document.refuse(error, self.place(server.name), model) from None

    def place(self, *steps: str | int) -> tuple[str | int, ...]:
        """The path of something below `servers` in the document."""
        return (*self.prefix, "servers", *steps)

    def build(self, seed: int = 1, mode: Mode = "virtual", doubts: list[str] | None = None) -> World:
        """The world in its first state; what its parts doubt is added to `doubts`, with file, line and column.

        Raises WorldError, placed in the file where possible.
        """
        chance = Chance(seed)
        parts = {}
        for server in self.servers.values():
            ground = Ground(self.folder, chance.derive("part", server.name), self.clock_ns)
            settings = self.part_settings(server)
            try:
                parts[server.name] = part_kinds.get(server.kind).build(settings, ground)
            except FileProblem:
                raise
            except WorldError as error:
                inside = getattr(error, "path", ())
                raise self.document.problem(self.place(server.name, *inside), f"{server.name}: {error}") from error
            if doubts is not None:
                doubts += [self._doubt(server.name, each) for each in ground.doubts]
        clock = Clock(ClockState(self.clock_ns, mode))
        kinds = {name: server.kind for name, server in self.servers.items()}
        return World(self.name, parts, clock=clock, chance=chance, kinds=kinds)

    def _doubt(self, server: str, doubt: Doubt) -> str:
        """A doubt with its place."""
        if not doubt.path:
            return doubt.message
        return str(self.document.problem(self.place(server, *doubt.path), f"{server}: {doubt.message}"))


def field_names(model: type[BaseModel]) -> set[str]:
    """The keys that a settings model accepts, by alias where it has one."""
    return {info.alias or name for name, info in model.model_fields.items()}


def library_names() -> list[str]:
    """The built-in worlds."""
    return sorted(path.parent.name for path in LIBRARY.glob("*/world.yaml"))


def find_world(reference: str, folder: Path | None = None) -> Path:
    """The world file that a name or a path means (paths are relative to `folder`). Raises UnknownName."""
    if _NAME.fullmatch(reference.replace("-", "_")) and (LIBRARY / reference / "world.yaml").exists():
        return LIBRARY / reference / "world.yaml"
    path = (folder or Path()) / reference
    path = path / "world.yaml" if path.is_dir() else path
    if not path.is_file():
        raise UnknownName(
            f"there is no world {reference!r}",
            hint=f"give a path to a world file, or one of: {', '.join(library_names())}",
        )
    return path


def read_world(reference: str, folder: Path | None = None) -> WorldPlan:
    """The plan of a world by name or path. Raises UnknownName or FileProblem."""
    path = find_world(reference, folder)
    return plan_world(read_yaml(path), path.parent)


def plan_world(document: Document, folder: Path, prefix: tuple[str | int, ...] = ()) -> WorldPlan:
    """The plan of the world that stands at `prefix` in a document. Raises FileProblem."""
    data = document.data
    for step in prefix:
        data = data[step]
    try:
        written = WorldFile.model_validate(data)
    except ValidationError as error:
        raise document.refuse(error, prefix, WorldFile) from None
    servers = {name: _server(document, prefix, name, entry) for name, entry in written.servers.items()}
    return WorldPlan(written.world, written.description, parse_time(written.clock), folder, servers, document, prefix)


def _server(document: Document, prefix: tuple[str | int, ...], name: str, entry: dict[str, Any]) -> ServerPlan:
    place = (*prefix, "servers", name)
    if not _NAME.fullmatch(name):
        raise document.problem(place, f"{name!r} cannot name a server", hint="use lower-case letters, digits and _")
    if name in _TAKEN:
        raise document.problem(place, f"{name!r} cannot name a server", hint="checks mean something else by it")
    kind, known = entry.get("kind"), ", ".join(part_kinds.names())
    if kind is None:
        raise document.problem(place, f"{name} needs a `kind`", hint=f"one of: {known}")
    if kind not in part_kinds.names():
        raise document.problem((*place, "kind"), f"kind: {kind!r} is not one of: {known}")
    return ServerPlan(name, kind, {key: value for key, value in entry.items() if key != "kind"})
