"""What can be asked for by name."""

from typing import Any

from anyio.to_thread import run_sync
from pydantic import Field

from fault_injection.fault import faults
from fault_injection.profile import find_profile
from fault_injection.profile import library_names as profile_names
from fault_injection.schema import profile_schema
from fault_injection.trigger import Trigger, triggers
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


class ProfileKind(Model):
    """A named set of fault rules that comes with the software."""

    name: str = Field(description="What to call it.")
    description: str = Field(description="What it does, in a sentence.")
    rules: list[dict[str, Any]] = Field(description="Its rules, as they are written.")


class Profiles(Model):
    """Named sets of fault rules."""

    profiles: list[ProfileKind] = Field(description="In the order of their names.")
    rule_schema: dict[str, Any] = Field(description="JSON Schema of a profile, for editors.")


class FaultKind(Parameterised):
    """A kind of fault."""

    layer: str = Field(description="Where it goes wrong.")
    explicit: bool = Field(description="Whether it announces itself.")
    transports: list[str] = Field(description="Over which transports it can exist.")
    phases: list[str] = Field(description="Whether calls may have no effect, or have happened; the usual one first.")
    recovery: str = Field(description="How an agent can recover.")


class Faults(Model):
    """Kinds of faults and of triggers."""

    faults: list[FaultKind] = Field(description="In the order of their names.")
    triggers: list[Parameterised] = Field(description="What makes rules fire, in the order of their names.")


@operation("GET", "/catalog/worlds", answer=Worlds)
async def list_worlds(asked: Asked) -> Worlds:
    """List the built-in worlds."""
    return Worlds(worlds=await run_sync(_library))


@operation("GET", "/catalog/profiles", answer=Profiles)
async def list_profiles(asked: Asked) -> Profiles:
    """List the named sets of fault rules."""
    return await run_sync(_profiles)


@operation("GET", "/catalog/faults", answer=Faults)
async def list_faults(asked: Asked) -> Faults:
    """List the kinds of faults and of triggers."""
    return await run_sync(_kinds)


def _profiles() -> Profiles:
    found = [find_profile(name) for name in profile_names()]
    kinds = [
        ProfileKind(name=each.name, description=each.description, rules=[rule.to_json() for rule in each.rules])
        for each in found
    ]
    return Profiles(profiles=kinds, rule_schema=profile_schema())


def _kinds() -> Faults:
    kinds = [
        FaultKind(
            name=name, description=kind.description(), parameters=kind.model_json_schema(), layer=kind.layer,
            explicit=kind.explicit, transports=sorted(kind.transports), phases=list(kind.phases),
            recovery=kind.recovery,
        )
        for name, kind in faults
    ]  # fmt: skip
    return Faults(faults=kinds, triggers=[_trigger(name, kind) for name, kind in triggers])


def _trigger(name: str, kind: type[Trigger]) -> Parameterised:
    sentence = (kind.__doc__ or "").partition("\n")[0]
    return Parameterised(name=name, description=sentence, parameters=kind.model_json_schema())


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
