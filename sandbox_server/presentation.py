"""A world with its servers as they are presented: built once, then shared by every episode that forks from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from fault_injection.counters import NAME, Counters
from sandbox_server.errors import StageError
from sandbox_server.family import Presenting, Server, families
from worlds.clock import Mode
from worlds.part import Part, part_kinds
from worlds.world import World
from worlds.worldfile import ServerPlan, WorldPlan, field_names


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
    servers = {name: _server(plan, server, world.parts[name]) for name, server in plan.servers.items()}
    for name, shown in servers.items():
        for short, companion in shown.companions().items():
            world.companions[f"{name}.{short}"] = companion
    world.companions[NAME] = Counters()
    return Presentation(plan, world, servers, seed, tuple(doubts))


def _server(plan: WorldPlan, server: ServerPlan, part: Part) -> Server:
    family = families.get(server.kind)
    settings = plan.checked(server, family.Settings)
    try:
        if isinstance(family, Presenting):
            return family.present(server.name, settings, part)
        return family.server(server.name, settings, plan.part_settings(server))
    except StageError as error:
        raise plan.document.problem(plan.place(server.name), error.message, error.hint) from None


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
