"""Episodes: opening, looking at and ending them."""

from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from pydantic import Field, model_validator

from sandbox_server.admin.control import ACTOR, DEFAULT, RESERVED_ACTORS, Control, Opening
from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.admin.written_profiles import read_profiles
from sandbox_server.episode import Episode
from sandbox_server.errors import Conflict
from sandbox_server.web import services_of
from worlds.clock import Mode, show_time

Actor = Annotated[str, Field(pattern=f"^{ACTOR.pattern}$")]


class NewEpisode(Model):
    """What to open: a world or a scenario."""

    world: str | dict[str, Any] | None = Field(
        None, description="A built-in world's name, the path of a world file on the stage's machine, or a whole world."
    )
    scenario: str | dict[str, Any] | None = Field(
        None,
        description="The path of a scenario file on the stage's machine, or a whole scenario: its world, its people "
        "and its faults.",
    )
    seed: int | None = Field(
        None, ge=0, lt=1 << 63, description="Seed of all that is left to chance; default: the scenario's, or 1."
    )
    clock: Mode = Field("flowing", description="How the world's time passes.")
    actors: list[Actor] = Field(
        default_factory=list,
        max_length=64,
        description="Names of further credentials; what is done with one is recorded under its name.",
    )
    faults: list[str | dict[str, Any]] = Field(
        default_factory=list, max_length=64,
        description="What may go wrong: profiles by name, path or `a+b`, or whole ones, in the order they are asked; "
        "default: what the scenario says.",
    )  # fmt: skip
    faults_seed: int | None = Field(
        None, ge=0, lt=1 << 63, description="Seed of the faults' draws; default: derived from the world's."
    )

    @model_validator(mode="after")
    def _one_source(self) -> "NewEpisode":
        if (self.world is None) == (self.scenario is None):
            raise ValueError("give either `world` or `scenario`")
        if len(set(self.actors)) < len(self.actors) or set(self.actors) & set(RESERVED_ACTORS):
            raise ValueError(f"actors must be different names and none of: {', '.join(RESERVED_ACTORS)}")
        return self


class ClockReading(Model):
    """A world's clock."""

    now: str = Field(description="The world's time, ISO 8601 in UTC.")
    now_ns: int = Field(description="The same in nanoseconds since the Unix epoch.")
    mode: Literal["virtual", "flowing", "real"] = Field(description="How the world's time passes.")
    tick_ms: float = Field(description="Milliseconds that pass with each call, beside real time.")


class ServiceInfo(Model):
    """Where a service answers plain HTTP."""

    url: str = Field(description="What its paths begin with.")
    key: str = Field("", description="The service's own key for this actor, empty where it needs none.")


class Credential(Model):
    """A credential, and where it leads."""

    token: str = Field(description="The secret in the URLs; it may be sent as a bearer token instead.")
    servers: dict[str, str] = Field(description="Server name to URL.")
    services: dict[str, ServiceInfo] = Field(description="The same for plain HTTP, by servers that are services.")


class EpisodeInfo(Model):
    """An open episode."""

    id: str = Field(description="The episode's id.")
    world: str = Field(description="The world's name.")
    seed: int = Field(description="The world's seed.")
    step: int = Field(description="How many calls have had their effect.")
    digest: str = Field(description="Hash of everything that the world holds now.")
    first_digest: str = Field(description="Hash of everything that it held at first; a reset leads back there.")
    clock: ClockReading = Field(description="The world's clock.")
    entries: int = Field(description="Number of ledger entries.")
    connections: int = Field(description="Clients that could be sent notifications.")
    servers: dict[str, str] = Field(description="Server name to URL, for the agent.")
    services: dict[str, ServiceInfo] = Field(description="The same for plain HTTP, by servers that are services.")
    token: str = Field(description="The agent's token, which is part of the URLs.")
    actors: dict[str, Credential] = Field(description="Further credentials by the name that acts.")


class Episodes(Model):
    """The open episodes."""

    episodes: list[EpisodeInfo] = Field(description="In the order of opening.")


def clock_reading(episode: Episode) -> ClockReading:
    """An episode's clock as it is shown."""
    state = episode.world.clock.state()
    return ClockReading(
        now=show_time(state.now_ns), now_ns=state.now_ns, mode=state.mode, tick_ms=state.tick_ns / 1_000_000
    )


def episode_info(control: Control, episode: Episode) -> EpisodeInfo:
    """An episode as it is shown."""
    credentials = {
        actor: Credential(
            token=token,
            servers=control.urls(token, episode.offered(actor)),
            services=_services(control, episode, token, actor),
        )
        for token, actor in reversed(episode.credentials.items())
    }
    own = credentials.pop("agent")
    return EpisodeInfo(
        id=episode.id,
        world=episode.world.name,
        seed=episode.world.chance.seed,
        step=episode.step,
        digest=episode.digest.hex(),
        first_digest=episode.first.content_digest().hex(),
        clock=clock_reading(episode),
        entries=len(episode.ledger.entries),
        connections=len(episode.connections),
        servers=own.servers,
        services=own.services,
        token=own.token,
        actors=dict(reversed(credentials.items())),
    )


def _services(control: Control, episode: Episode, token: str, actor: str) -> dict[str, ServiceInfo]:
    found = services_of(episode.offered(actor), control.agents_url, token, actor)
    return {name: ServiceInfo(url=each.url, key=each.key) for name, each in found.items()}


@operation("POST", "/episodes", answer=EpisodeInfo, status=201, body=NewEpisode, refusals=(409,))
async def create_episode(asked: Asked) -> EpisodeInfo:
    """Open an episode on a world in its first state."""
    control, wanted = asked.control, asked.body
    finder = control.presentations.finder
    find, reference = (finder.world, wanted.world) if wanted.world is not None else (finder.scenario, wanted.scenario)
    found = await run_sync(find, reference)
    presentation = await control.presentations.get(found, found.seed if wanted.seed is None else wanted.seed)
    profiles = await run_sync(read_profiles, wanted.faults) or found.faults
    actors = [(actor, None) for actor in wanted.actors]
    opening = Opening(presentation, wanted.clock, actors=actors, faults=profiles, faults_seed=wanted.faults_seed)
    return episode_info(control, await found.begun(control.open(opening)))


@operation("GET", "/episodes", answer=Episodes)
async def list_episodes(asked: Asked) -> Episodes:
    """List the open episodes."""
    control = asked.control
    return Episodes(episodes=[episode_info(control, episode) for episode in control.stage.episodes.values()])


@operation("GET", "/episodes/{id}", answer=EpisodeInfo, refusals=(404,))
async def get_episode(asked: Asked) -> EpisodeInfo:
    """Show an episode."""
    return episode_info(asked.control, asked.episode)


@operation("DELETE", "/episodes/{id}", answer=EpisodeInfo, refusals=(404, 409))
async def delete_episode(asked: Asked) -> EpisodeInfo:
    """End an episode; its URLs lead nowhere from now on."""
    episode = asked.episode
    if episode.id == DEFAULT:
        raise Conflict("this episode ends with the stage", hint="reset it, or stop the stage")
    last = episode_info(asked.control, episode)
    async with episode.seized():
        episode.act("end", {})  # whoever follows the ledger learns of it
        asked.control.stage.close(episode.id)
    return last
