"""A world with its servers as they are presented: built once, then shared by every episode that forks from it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fault_injection.counters import NAME, Counters
from sandbox_server.errors import StageError
from sandbox_server.family import Leaning, Presenting, Server, families
from worlds.bundle import Bundle
from worlds.clock import Mode
from worlds.companion import Companion
from worlds.errors import ArchiveError
from worlds.part import Coded, Part, part_kinds
from worlds.world import World
from worlds.worldfile import ServerPlan, WorldPlan, field_names, plan_world
from worlds.yamlfile import Document


@dataclass(frozen=True, slots=True)
class Presentation:
    """The first state of a world (never changed, only forked) and its servers."""

    plan: WorldPlan
    world: World
    servers: Mapping[str, Server]
    seed: int
    doubts: tuple[str, ...] = ()
    """What is probably not meant so in the world, with its places."""


def present(plan: WorldPlan, *, seed: int = 1, mode: Mode = "virtual") -> Presentation:
    """Build a planned world and the servers that present it.

    Raises WorldError (a FileProblem wherever the cause stands in a file).
    """
    for server in plan.servers.values():
        _refuse_unknown_keys(plan, server)
    doubts: list[str] = []
    world = plan.build(seed, mode, doubts)
    servers = servers_of(plan, world.parts)
    world.companions.update(companions_of(servers))
    return Presentation(plan, world, servers, seed, tuple(doubts))


def present_bundle(bundle: Bundle, code: Mapping[str, Path]) -> Presentation:
    """Present the state that a bundle holds; `code` says where each server's Python file lies.

    Raises ArchiveError for what is damaged or was made by another version, WorldError for what does not fit together.
    """
    plan = plan_world(Document("<bundle>", dict(bundle.document)), Path("<bundle>"))
    manifest, kinds = bundle.manifest, {name: server.kind for name, server in plan.servers.items()}
    if manifest.get("kinds") != kinds or set(manifest.get("parts", ())) != set(kinds):
        raise ArchiveError("the bundle's state is that of other servers")
    told = {name: _located(kinds[name], part, code.get(name)) for name, part in manifest["parts"].items()}
    parts = {name: part_kinds.get(kinds[name]).load(told[name], bundle.blobs) for name in plan.servers}
    servers = servers_of(plan, parts)
    world = World.assembled(manifest, parts, companions_of(servers))
    if world.state_digest().hex() != manifest["state_digest"]:
        raise ArchiveError("the bundle's state is not the recorded one", hint="was it made by another version?")
    return Presentation(plan, world, servers, world.chance.seed)


def _located(kind: str, manifest: Mapping[str, Any], code: Path | None) -> Mapping[str, Any]:
    builder = part_kinds.get(kind)
    return builder.located(manifest, code) if code is not None and isinstance(builder, Coded) else manifest


def servers_of(plan: WorldPlan, parts: Mapping[str, Part]) -> dict[str, Server]:
    """The servers that present parts. Raises FileProblem."""
    servers = {name: _server(plan, server, parts[name]) for name, server in plan.servers.items()}
    for name, shown in servers.items():
        if isinstance(shown, Leaning):
            with _placed(plan, name):
                shown.lean(parts)
    return servers


def companions_of(servers: Mapping[str, Server]) -> dict[str, Companion]:
    """What belongs to an episode beside its parts, fresh: what servers keep in memory, and what faults count."""
    found: dict[str, Companion] = {
        f"{name}.{short}": companion
        for name, shown in servers.items()
        for short, companion in shown.companions().items()
    }
    return {**found, NAME: Counters()}


def _server(plan: WorldPlan, server: ServerPlan, part: Part) -> Server:
    family = families.get(server.kind)
    settings = plan.checked(server, family.Settings)
    with _placed(plan, server.name):
        if isinstance(family, Presenting):
            return family.present(server.name, settings, part)
        return family.server(server.name, settings, plan.part_settings(server))


@contextmanager
def _placed(plan: WorldPlan, server: str) -> Iterator[None]:
    """Say of what a server refuses where it stands. Raises FileProblem."""
    try:
        yield
    except StageError as error:
        raise plan.document.problem(plan.place(server), error.message, error.hint) from None


def _refuse_unknown_keys(plan: WorldPlan, server: ServerPlan) -> None:
    known = field_names(part_kinds.get(server.kind).Settings) | field_names(families.get(server.kind).Settings)
    for key in server.entry:
        if key not in known:
            place = plan.place(server.name, str(key))
            raise plan.document.problem(
                place,
                f"{key!r} is not a setting of {server.kind} servers",
                hint=f"known: kind, {', '.join(sorted(known))}",
            )
