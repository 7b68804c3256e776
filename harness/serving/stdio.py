"""`soundstage serve --stdio`: one server and its own world in this process, the protocol on stdin and stdout."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sandbox_server.carriers.streams import Taken, standard_streams
from sandbox_server.hands.hands import refuse_without_hands

STREAMS = Taken()
"""Reserved before anything else is imported that might print."""

from fault_injection.profile import Profile, find_profiles  # noqa: E402 - stdout is reserved first
from sandbox_server.admin.worlds import Found, found_world  # noqa: E402 - stdout is reserved first
from sandbox_server.carriers.stdio import serve_stdio  # noqa: E402
from sandbox_server.connection import Connection  # noqa: E402
from sandbox_server.errors import NotFound  # noqa: E402
from sandbox_server.serving.quiet import log_quietly  # noqa: E402
from sandbox_server.stage import Stage  # noqa: E402
from worlds.clock import Mode  # noqa: E402
from worlds.worldfile import find_world, plan_world  # noqa: E402
from worlds.yamlfile import read_yaml  # noqa: E402


def serve_alone(
    reference: str, server: str, *, seed: int | None, clock: Mode, faults: Sequence[str] = (),
    faults_seed: int | None = None,
) -> int:  # fmt: skip
    """Serve one server of a world until its client leaves; returns the exit status. Raises WorldError, StageError."""
    log_quietly()
    try:
        found = _found(reference, server)
        profiles = [profile for each in faults for profile in find_profiles(each)]
        return asyncio.run(_serve(found, server, seed, clock, profiles, faults_seed))
    except KeyboardInterrupt:
        return 130


def _found(reference: str, server: str) -> Found:
    """The world; of a bare one only the part that this server shows, because clients wait for its start."""
    path = find_world(reference)
    document = read_yaml(path)
    if isinstance(document.data, dict) and "task" in document.data:
        from harness.staging.finder import find_served  # scenarios bring much along that worlds do not need

        return find_served(str(path)).found
    plan = plan_world(document, path.parent)
    _refuse_unknown(server, plan.servers)
    return found_world(replace(plan, servers={server: plan.servers[server]}))


def _refuse_unknown(server: str, known: Iterable[str]) -> None:
    if server not in known:
        raise NotFound(f"there is no server {server!r}", hint=f"known: {', '.join(known)}")


async def _serve(
    found: Found, server: str, seed: int | None, clock: Mode, faults: Sequence[Profile], faults_seed: int | None
) -> int:
    presentation = found.present(found.seed if seed is None else seed)
    _refuse_unknown(server, presentation.servers)
    refuse_without_hands(presentation.servers)
    world = presentation.world.fork()
    world.clock.restore(replace(world.clock.state(), mode=clock))
    stage = Stage()
    episode = await found.begun(stage.open(presentation, world=world))
    episode.transports = frozenset(("stdio",))
    if server not in episode.offered("agent"):
        raise NotFound(f"{server!r} belongs to somebody else", hint=f"known: {', '.join(episode.offered('agent'))}")
    if faults:
        episode.faults.put(faults, seed=faults_seed)
    try:
        async with standard_streams(STREAMS) as (reader, writer):
            return await serve_stdio(Connection(episode, server), reader, writer)
    finally:
        stage.close_all()
