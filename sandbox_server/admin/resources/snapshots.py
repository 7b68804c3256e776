"""Snapshots: keeping states, and carrying them from stage to stage as archives."""

import io

from anyio.to_thread import run_sync
from pydantic import Field
from starlette.responses import Response

from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.episode import Episode, Snapshot
from sandbox_server.errors import Conflict
from worlds.archive import read_archive, write_archive
from worlds.clock import show_time
from worlds.world import World

ARCHIVE = "application/zip"
ARCHIVE_BYTES_MAX = 1 << 30


class NewSnapshot(Model):
    """How to call a snapshot."""

    label: str = Field("", max_length=200, description="A word for people; need not be unique.")


class LabelQuery(Model):
    """How to call a snapshot that is sent as an archive."""

    label: str = Field("", max_length=200, description="A word for people; only read when an archive is sent.")


class SnapshotInfo(Model):
    """A kept state."""

    id: str = Field(description="The snapshot's id.")
    label: str = Field(description="The word that it was given.")
    step: int = Field(description="The step after which it was taken.")
    digest: str = Field(description="Hash of everything that the world held.")
    now: str = Field(description="The world's time then, ISO 8601 in UTC.")


class Snapshots(Model):
    """The kept states of an episode."""

    snapshots: list[SnapshotInfo] = Field(description="In the order of taking.")


@operation(
    "POST", "/episodes/{id}/snapshots", answer=SnapshotInfo, status=201, body=NewSnapshot, query=LabelQuery,
    takes={ARCHIVE: "A snapshot of the same world that another stage has written."},
    refusals=(404, 409), body_bytes_max=ARCHIVE_BYTES_MAX,
)  # fmt: skip
async def create_snapshot(asked: Asked) -> SnapshotInfo:
    """Keep the present state, or one that is sent as an archive."""
    if asked.body is None:
        return _info(await _taken_in(asked))
    label = asked.body.label if asked.body is not None else asked.query.label
    return _info(await asked.episode.snapshot(label))


@operation("GET", "/episodes/{id}/snapshots", answer=Snapshots, refusals=(404,))
async def list_snapshots(asked: Asked) -> Snapshots:
    """List the kept states."""
    return Snapshots(snapshots=[_info(snapshot) for snapshot in asked.episode.snapshots.values()])


@operation(
    "GET", "/episodes/{id}/snapshots/{snapshot}/archive", answer=None, refusals=(404, 409),
    media={ARCHIVE: "The state as one portable, verified file."},
)  # fmt: skip
async def download_snapshot(asked: Asked) -> Response:
    """Write a kept state as one file that any stage can take in."""
    snapshot = asked.episode.find(snapshot=asked.path["snapshot"])
    content = await run_sync(_archived, snapshot.world)
    name = f"{snapshot.world.name}-{snapshot.id}.zip"
    return Response(content, media_type=ARCHIVE, headers={"content-disposition": f'attachment; filename="{name}"'})


def _info(snapshot: Snapshot) -> SnapshotInfo:
    return SnapshotInfo(
        id=snapshot.id,
        label=snapshot.label,
        step=snapshot.step,
        digest=snapshot.world.content_digest().hex(),
        now=show_time(snapshot.world.clock.now_ns),
    )


async def _taken_in(asked: Asked) -> Snapshot:
    episode = asked.episode
    world = await run_sync(read_archive, io.BytesIO(asked.content), episode.first.companions)
    _refuse_stranger(episode, world)
    return await episode.take_in(world, asked.query.label)


def _refuse_stranger(episode: Episode, world: World) -> None:
    own = {name: (episode.world.kinds[name], type(part)) for name, part in episode.world.parts.items()}
    theirs = {name: (world.kinds[name], type(part)) for name, part in world.parts.items()}
    if own != theirs:
        raise Conflict(
            f"the archive is of another world ({world.name}: {', '.join(sorted(theirs))})",
            hint=f"this episode has {episode.world.name}: {', '.join(sorted(own))}",
        )


def _archived(world: World) -> bytes:
    target = io.BytesIO()
    write_archive(world, target)
    return target.getvalue()
