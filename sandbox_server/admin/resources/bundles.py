"""Worlds that are brought whole, for episodes that are directed from elsewhere."""

from typing import Annotated

from pydantic import Field

from sandbox_server.admin.control import ACTOR, Opening
from sandbox_server.admin.model import JsonObject, Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.admin.resources.episodes import Actor, EpisodeInfo, episode_info
from sandbox_server.admin.written_profiles import read_profiles
from sandbox_server.directing.directed import Directed, Limits
from sandbox_server.directing.directing import Brought
from worlds.clock import Mode

BUNDLE = "application/zip"
BUNDLE_BYTES_MAX = 256 << 20
LEASE_S_MAX = 3_600.0
Person = Annotated[str, Field(pattern=rf"^(user(\.[a-z][a-z0-9_]*)?|{ACTOR.pattern})$")]


class BundleInfo(Model):
    """A world that was brought."""

    address: str = Field(description="By what it is known: the BLAKE2b-256 of the file, in hexadecimal.")
    world: str = Field(description="The world's name.")
    seed: int = Field(description="The world's seed.")
    digest: str = Field(description="Hash of everything that the world holds at first, worked out by this stage.")
    state_digest: str = Field(description="Hash of everything that can influence what happens in it.")


class DirectedEpisode(Model):
    """How an episode is to be opened that is directed from elsewhere."""

    clock: Mode = Field("flowing", description="How the world's time passes.")
    token: str | None = Field(
        None, pattern=r"^[A-Za-z0-9._~-]{8,200}$", description="The agent's token; none: a new one."
    )
    actors: list[Actor] = Field(default_factory=list, max_length=64, description="Names of further credentials.")
    people: list[str] = Field(
        default_factory=list, max_length=64, description="Conversations in which people are played from elsewhere."
    )
    reserved: dict[str, Person] = Field(
        default_factory=dict, description="Servers that only one actor has, by that actor's name."
    )
    faults: list[JsonObject] = Field(
        default_factory=list,
        max_length=64,
        description="What may go wrong: whole profiles, in the order they are asked.",
    )
    faults_seed: int | None = Field(None, ge=0, lt=1 << 63, description="Seed of the faults' draws.")
    calls_max: int = Field(ge=0, description="How many calls the agent may make; the next one waits for the end.")
    same_call_max: int | None = Field(
        None, ge=1, description="How often it may make the same call in a row as long as that changes nothing."
    )
    stuck_after: int = Field(
        0, ge=0, description="After how many of its calls in a row that bring nothing new it is held; 0: never."
    )
    lease_s: float = Field(
        60.0, gt=0, le=LEASE_S_MAX, description="The episode ends when nobody has read its feed for as many seconds."
    )


@operation(
    "PUT", "/bundles/{address}", answer=BundleInfo, refusals=(422,), body_bytes_max=BUNDLE_BYTES_MAX,
    takes={BUNDLE: "A world's first state with its servers, as one verified file."},
)  # fmt: skip
async def put_bundle(asked: Asked) -> BundleInfo:
    """Take in a world, whole or not at all; Python files in it are run by this stage."""
    return _info(await asked.control.directing.bring(asked.path["address"], asked.content))


@operation("GET", "/bundles/{address}", answer=BundleInfo, refusals=(404,))
async def get_bundle(asked: Asked) -> BundleInfo:
    """Show a world that was brought; those that nobody uses make room for others."""
    return _info(asked.control.directing.brought(asked.path["address"]))


@operation(
    "POST", "/bundles/{address}/episodes", answer=EpisodeInfo, status=201, body=DirectedEpisode, refusals=(404, 409),
)  # fmt: skip
async def direct_episode(asked: Asked) -> EpisodeInfo:
    """Open an episode on a world that was brought, to be followed and directed from elsewhere."""
    control, wanted = asked.control, asked.body
    brought = control.directing.brought(asked.path["address"])
    directed = Directed(Limits(wanted.calls_max, wanted.same_call_max, wanted.stuck_after), wanted.lease_s)
    opening = Opening(
        brought.presentation, wanted.clock, token=wanted.token, actors=[(actor, None) for actor in wanted.actors],
        sinks=(directed.feed,), faults=read_profiles(wanted.faults), faults_seed=wanted.faults_seed,
        faults_noted=False, hooks=directed.hooks,
    )  # fmt: skip
    episode = control.open(opening)
    directed.take(episode, brought.told)
    directed.seat(wanted.people, wanted.reserved)
    control.directing.begin(control.stage, episode, directed)
    return episode_info(control, episode)


def _info(brought: Brought) -> BundleInfo:
    world = brought.presentation.world
    return BundleInfo(
        address=brought.address, world=world.name, seed=world.chance.seed, digest=world.content_digest().hex(),
        state_digest=world.state_digest().hex(),
    )  # fmt: skip
