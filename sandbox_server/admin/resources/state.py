"""What an episode's world holds: its parts, their files, their tables."""

import base64
from typing import Any, Literal

from anyio.to_thread import run_sync
from pydantic import Field
from starlette.responses import Response

from sandbox_server.admin.control import kept_world
from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.admin.resources.query import QueryAnswer, query_answer
from sandbox_server.errors import NotFound
from worlds.clock import show_time
from worlds.parts.filesystem.listing import text_of
from worlds.parts.filesystem.node import Directory, File, Link, Node
from worlds.parts.filesystem.tree import FileTree
from worlds.query.spelling import quoted
from worlds.query.views import views
from worlds.records import RecordsPart
from worlds.relation import Relation
from worlds.world import World

BYTES = "application/octet-stream"
CONTENT_BYTES_MAX = 8 << 20


class MomentQuery(Model):
    """Which state to look at."""

    at: str = Field("now", description="`now`, `first`, a step's number or a snapshot's id.")


class RowsQuery(MomentQuery):
    """Which rows to show."""

    limit: int = Field(100, ge=1, le=10_000, description="How many rows to answer at most.")
    offset: int = Field(0, ge=0, description="How many rows to skip, in key order.")


class TableColumn(Model):
    """One column of a table."""

    name: str = Field(description="Its name.")
    type: str = Field(description="Its type in DuckDB's words. A value that does not fit reads as null.")


class TableInfo(Model):
    """One table, as queries see it."""

    name: str = Field(description="Its name; queries call it `<server>.<name>`.")
    columns: list[TableColumn] = Field(description="Its columns in order.")
    key: list[str] = Field(description="The columns that tell rows apart.")


class PartInfo(Model):
    """One part of a world."""

    name: str = Field(description="The server's name.")
    kind: str = Field(description="The server's kind.")
    digest: str = Field(description="Hash of what it holds.")
    shows: list[Literal["files", "resources", "tables"]] = Field(description="What can be looked at below `state/`.")
    tables: list[TableInfo] = Field(description="Its tables, as queries see them.")


class State(Model):
    """All that a world holds, by part."""

    world: str = Field(description="The world's name.")
    now: str = Field(description="The world's time, ISO 8601 in UTC.")
    digest: str = Field(description="Hash of everything that the world holds.")
    agenda: list[dict[str, Any]] = Field(description="What is scheduled to happen, in order.")
    parts: list[PartInfo] = Field(description="By the servers' names.")


class Tables(Model):
    """The tables of a part."""

    tables: list[TableInfo] = Field(description="In the part's own order.")


class FileEntry(Model):
    """A file, directory or link in a directory."""

    name: str = Field(description="Its name in the directory.")
    kind: Literal["file", "dir", "link"] = Field(description="What it is.")
    mode: str = Field(description="Permission bits in octal.")
    size: int = Field(description="Bytes.")
    mtime: str = Field(description="Last change, ISO 8601 in UTC.")


class FileInfo(FileEntry):
    """What lies at a path."""

    path: str = Field(description="The absolute path.")
    sha: str | None = Field(None, description="BLAKE2b-256 of a file's bytes.")
    text: str | None = Field(None, description="A file's text, when it is valid UTF-8.")
    base64: str | None = Field(None, description="A file's bytes otherwise, up to 8 MB.")
    target: str | None = Field(None, description="Where a link points.")
    entries: list[FileEntry] | None = Field(None, description="What is in a directory, by name.")


@operation("GET", "/episodes/{id}/state", answer=State, query=MomentQuery, refusals=(404,))
async def get_state(asked: Asked) -> State:
    """Say which parts the world has, and what each shows."""
    return await run_sync(_state, kept_world(asked.episode, asked.query.at).fork())


@operation("GET", "/episodes/{id}/state/tables/{server}", answer=Tables, query=MomentQuery, refusals=(404,))
async def list_tables(asked: Asked) -> Tables:
    """List the tables of a part."""
    world = kept_world(asked.episode, asked.query.at).fork()
    return Tables(tables=[_table(found) for found in await run_sync(_relations, world, asked.path["server"])])


@operation("GET", "/episodes/{id}/state/tables/{server}/{table}", answer=QueryAnswer, query=RowsQuery, refusals=(404,))
async def get_rows(asked: Asked) -> QueryAnswer:
    """Show rows of a table, in key order."""
    world = kept_world(asked.episode, asked.query.at).fork()
    before, server, wanted = asked.episode.first.fork(), asked.path["server"], asked.query

    def answer() -> QueryAnswer:
        found = _relation(world, server, asked.path["table"])
        order = f" order by {', '.join(map(quoted, found.key))}" if found.key else ""
        sql = f"select * from {quoted(server)}.{quoted(found.name)}{order} offset {wanted.offset}"
        return query_answer(views(world, before).query(sql, rows_max=wanted.limit))

    return await run_sync(answer)


@operation("GET", "/episodes/{id}/state/files/{server}", answer=FileInfo, query=MomentQuery, refusals=(404,))
async def get_root(asked: Asked) -> FileInfo:
    """Show the root directory of a file tree."""
    tree = _tree(kept_world(asked.episode, asked.query.at), asked.path["server"])
    return await run_sync(_file, tree.root, tree.node(tree.root))


@operation(
    "GET", "/episodes/{id}/state/files/{server}/{path:path}", answer=FileInfo, query=MomentQuery, refusals=(404,),
    media={BYTES: "A file's bytes as they are, when this type is asked for."},
)  # fmt: skip
async def get_file(asked: Asked) -> FileInfo | Response:
    """Show what lies at a path of a file tree; links are not followed."""
    tree = _tree(kept_world(asked.episode, asked.query.at), asked.path["server"])
    path = "/" + asked.path["path"].strip("/")
    node = tree.node(path)
    if asked.accepts(BYTES) and isinstance(node, File):
        return Response(node.data, media_type=BYTES)
    return await run_sync(_file, path, node)


def _state(world: World) -> State:
    return State(
        world=world.name,
        now=show_time(world.clock.now_ns),
        digest=world.content_digest().hex(),
        agenda=[event.to_json() for event in world.agenda.events],
        parts=[_part(world, name) for name in world.parts],
    )


def _part(world: World, name: str) -> PartInfo:
    part = world.parts[name]
    relations = views(world).relations()[name]
    shows: list[Literal["files", "resources", "tables"]] = ["files"] if isinstance(part, FileTree) else []
    shows += ["resources"] if isinstance(part, RecordsPart) else []
    return PartInfo(
        name=name,
        kind=world.kinds[name],
        digest=part.digest().hex(),
        shows=[*shows, "tables"] if relations else shows,
        tables=[_table(relation) for relation in relations],
    )


def _table(relation: Relation) -> TableInfo:
    columns = [TableColumn(name=column.name, type=column.type) for column in relation.columns]
    return TableInfo(name=relation.name, columns=columns, key=list(relation.key))


def _relations(world: World, server: str) -> list[Relation]:
    found = views(world).relations()
    if server not in found:
        raise NotFound(f"there is no server {server!r}", hint=f"known: {', '.join(found)}")
    return found[server]


def _relation(world: World, server: str, table: str) -> Relation:
    found = {relation.name.lower(): relation for relation in _relations(world, server)}
    if table.lower() not in found:
        raise NotFound(f"{server} has no table {table!r}", hint=f"known: {', '.join(found) or 'none'}")
    return found[table.lower()]


def _tree(world: World, server: str) -> FileTree:
    part = world.parts.get(server)
    if not isinstance(part, FileTree):
        known = ", ".join(name for name, other in world.parts.items() if isinstance(other, FileTree))
        raise NotFound(f"there are no files in {server!r}", hint=f"known: {known or 'none'}")
    return part.fork()


def _file(path: str, node: Node) -> FileInfo:
    entry = _entry(path.rpartition("/")[2], node).model_dump()
    if isinstance(node, Link):
        return FileInfo(**entry, path=path, target=node.target)
    if isinstance(node, Directory):
        return FileInfo(**entry, path=path, entries=[_entry(*item) for item in sorted(node.entries.items())])
    text = text_of(node.data)
    fits = text is None and len(node.data) <= CONTENT_BYTES_MAX
    raw = base64.b64encode(node.data).decode() if fits else None
    return FileInfo(**entry, path=path, sha=node.hash.hex(), text=text, base64=raw)


def _entry(name: str, node: Node) -> FileEntry:
    status = node.stat()
    return FileEntry(
        name=name, kind=status.kind, mode=f"{status.mode:03o}", size=status.size, mtime=show_time(status.mtime_ns)
    )
