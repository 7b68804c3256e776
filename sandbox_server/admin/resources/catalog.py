"""What can be asked for by name."""

from typing import Any

from anyio.to_thread import run_sync
from pydantic import Field

from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from worlds.worldfile import library_names, read_world


class WorldInfo(Model):
    """A world that comes with the software."""

    name: str = Field(description="What to give as `world`.")
    description: str = Field(description="What it is, in a sentence.")
    servers: dict[str, str] = Field(description="Its servers and the kind of each.")


class Worlds(Model):
    """The built-in worlds."""

    worlds: list[WorldInfo] = Field(description="In the order of their names.")


class Parameterised(Model):
    """Something that is chosen by name and takes parameters."""

    name: str = Field(description="What to call it.")
    description: str = Field(description="What it does, in a sentence.")
    parameters: dict[str, Any] = Field(description="JSON Schema of its parameters.")


class Profiles(Model):
    """Named sets of fault rules."""

    profiles: list[Parameterised] = Field(description="In the order of their names.")


class Faults(Model):
    """Kinds of faults."""

    faults: list[Parameterised] = Field(description="In the order of their names.")


@operation("GET", "/catalog/worlds", answer=Worlds)
async def list_worlds(asked: Asked) -> Worlds:
    """List the built-in worlds."""
    return Worlds(worlds=await run_sync(_library))


@operation("GET", "/catalog/profiles", answer=Profiles)
async def list_profiles(asked: Asked) -> Profiles:
    """List the named sets of fault rules."""
    return Profiles(profiles=[])


@operation("GET", "/catalog/faults", answer=Faults)
async def list_faults(asked: Asked) -> Faults:
    """List the kinds of faults."""
    return Faults(faults=[])


def _library() -> list[WorldInfo]:
    plans = [read_world(name) for name in library_names()]
    return [
        WorldInfo(
            name=plan.name,
            description=plan.description,
            servers={name: server.kind for name, server in plan.servers.items()},
        )
        for plan in plans
    ]
