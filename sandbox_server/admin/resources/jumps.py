"""Setting an episode back, and letting another one continue from where it was."""

from pydantic import Field, model_validator

from sandbox_server.admin.control import DEFAULT
from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.admin.resources.episodes import EpisodeInfo, episode_info
from sandbox_server.episode import Episode


class Jump(Model):
    """Where an episode is after it was set back."""

    episode: str = Field(description="The episode's id.")
    step: int = Field(description="The step that it stands at.")
    digest: str = Field(description="Hash of everything that its world holds now.")


class Whence(Model):
    """A kept state: a snapshot or a past step."""

    snapshot: str | None = Field(None, description="A snapshot's id.")
    step: int | None = Field(None, ge=0, description="A step's number; 0 is the first state.")


class Target(Whence):
    """The one state to go back to."""

    @model_validator(mode="after")
    def _one(self) -> "Target":
        if (self.snapshot is None) == (self.step is None):
            raise ValueError("give either `snapshot` or `step`")
        return self


class Branch(Whence):
    """The state to continue from: a snapshot, a past step, or the present when neither is given."""

    @model_validator(mode="after")
    def _at_most_one(self) -> "Branch":
        if self.snapshot is not None and self.step is not None:
            raise ValueError("give `snapshot` or `step`, not both")
        return self


class Reset(Model):
    """What to put back beside the world and what faults have counted."""

    clear_faults: bool = Field(False, description="Also put no faults in force; otherwise what is toggled on stays on.")


@operation("POST", "/reset", answer=Jump, body=Reset, refusals=(404,))
async def reset_default(asked: Asked) -> Jump:
    """Put the served world back to its first state while its clients stay connected."""
    return await _reset(asked.control.stage.episode(DEFAULT), asked.body)


@operation("POST", "/episodes/{id}/reset", answer=Jump, body=Reset, refusals=(404,))
async def reset_episode(asked: Asked) -> Jump:
    """Put an episode's world back to its first state while its clients stay connected."""
    return await _reset(asked.episode, asked.body)


@operation("POST", "/episodes/{id}/restore", answer=Jump, body=Target, refusals=(404,))
async def restore_episode(asked: Asked) -> Jump:
    """Put an episode's world back to a snapshot or a past step."""
    episode: Episode = asked.episode
    digest = await episode.restore(snapshot=asked.body.snapshot, step=asked.body.step)
    return Jump(episode=episode.id, step=episode.step, digest=digest)


@operation("POST", "/episodes/{id}/fork", answer=EpisodeInfo, status=201, body=Branch, refusals=(404, 409))
async def fork_episode(asked: Asked) -> EpisodeInfo:
    """Open an episode that continues from a snapshot, a past step or the present of another."""
    control, source = asked.control, asked.episode
    async with source.turn:
        branch = control.stage.fork(source, snapshot=asked.body.snapshot, step=asked.body.step)
    return episode_info(control, control.watched(branch))


async def _reset(episode: Episode, wanted: Reset) -> Jump:
    digest = await episode.reset()
    if wanted.clear_faults:
        episode.faults.put(())
    return Jump(episode=episode.id, step=episode.step, digest=digest)
