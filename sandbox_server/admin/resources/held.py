"""The resources that a service holds (and what other parts keep as records), as they are kept."""

from itertools import islice
from typing import Any

from anyio.to_thread import run_sync
from pydantic import Field

from sandbox_server.admin.control import kept_world
from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.admin.resources.state import MomentQuery
from sandbox_server.errors import NotFound
from worlds.records import RecordsPart
from worlds.world import World


class PageQuery(MomentQuery):
    """Which resources to show."""

    limit: int = Field(100, ge=1, le=10_000, description="How many to answer at most.")
    after: str | None = Field(None, description="Begin behind the resource with this key.")


class CollectionInfo(Model):
    """One collection."""

    name: str = Field(description="Its name.")
    count: int = Field(description="How many resources are in it.")


class Collections(Model):
    """What a part holds."""

    collections: list[CollectionInfo] = Field(description="In the part's own order.")


class Resource(Model):
    """One resource."""

    key: str = Field(description="The key under which it is kept: its id, behind those of what it belongs to.")
    resource: dict[str, Any] = Field(description="Its fields as they are kept, those that answers hide included.")


class Resources(Model):
    """Resources in the order of their creation."""

    resources: list[Resource] = Field(description="Each with its key.")
    more: bool = Field(description="Whether others follow; ask for them with the last key as `after`.")


@operation("GET", "/episodes/{id}/state/resources/{server}", answer=Collections, query=MomentQuery, refusals=(404,))
async def list_collections(asked: Asked) -> Collections:
    """List the collections of a part that keeps resources."""
    part = _part(kept_world(asked.episode, asked.query.at), asked.path["server"])
    return Collections(collections=[CollectionInfo(name=name, count=part.records.count(name)) for name in _shown(part)])


@operation(
    "GET", "/episodes/{id}/state/resources/{server}/{collection}",
    answer=Resources, query=PageQuery, refusals=(404,),
)  # fmt: skip
async def list_resources(asked: Asked) -> Resources:
    """Show resources of a collection, the oldest first."""
    part = _part(kept_world(asked.episode, asked.query.at), asked.path["server"])
    collection, wanted = _collection(part, asked.path["collection"]), asked.query

    def answer() -> Resources:
        try:
            keys = list(islice(part.records.keys(collection, beyond=wanted.after), wanted.limit + 1))
        except KeyError:
            raise NotFound(f"{collection} never had {wanted.after!r}") from None
        found = [_resource(part, collection, key) for key in keys[: wanted.limit]]
        return Resources(resources=found, more=len(keys) > wanted.limit)

    return await run_sync(answer)


@operation(
    "GET", "/episodes/{id}/state/resources/{server}/{collection}/{key:path}",
    answer=Resource, query=MomentQuery, refusals=(404,),
)  # fmt: skip
async def get_resource(asked: Asked) -> Resource:
    """Show one resource."""
    part = _part(kept_world(asked.episode, asked.query.at), asked.path["server"])
    return _resource(part, _collection(part, asked.path["collection"]), asked.path["key"])


def _part(world: World, server: str) -> RecordsPart:
    part = world.parts.get(server)
    if not isinstance(part, RecordsPart):
        known = ", ".join(name for name, other in world.parts.items() if isinstance(other, RecordsPart))
        raise NotFound(f"there are no resources in {server!r}", hint=f"known: {known or 'none'}")
    return part.fork()


def _shown(part: RecordsPart) -> list[str]:
    return [name for name, table in part.records.tables.items() if not table.hidden]


def _collection(part: RecordsPart, name: str) -> str:
    if name not in _shown(part):
        raise NotFound(f"there is no collection {name!r}", hint=f"known: {', '.join(_shown(part)) or 'none'}")
    return name


def _resource(part: RecordsPart, collection: str, key: str) -> Resource:
    record = part.records.get(collection, key)
    if record is None:
        raise NotFound(f"{collection} has no {key!r}")
    return Resource(key=key, resource=dict(record))
