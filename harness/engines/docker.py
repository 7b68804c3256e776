"""Play episodes on stages in containers: a warm pool of them on a network without a way out."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ClassVar, Final

import anyio.to_thread

from harness.agent import Agent, address_of
from harness.containers.daemon import ContainerError, daemon, lacking
from harness.containers.daemon_kind import leads_to_podman
from harness.containers.doorway import Doorway
from harness.containers.ownership import remove_leftovers
from harness.containers.pool import Dressed, Pool
from harness.containers.run_network import run_network
from harness.containers.stage_container import AGENTS_PORT, StageContainer, StageContainers
from harness.engine import EngineError, EngineOptions, PlaceLost, engines
from harness.isolation import LOOPBACK
from harness.recording.run_folder import RunFolder
from harness.remote.place import RemotePlace
from harness.running.order import Order
from harness.staging.shells import refuse_shells, refuse_system_roots, tree_roots

STAGE_IMAGE: Final = "soundstage-stage"
"""The image that is used unless another one is named, as `docker build` makes it by the documentation."""
WORKERS_MAX: Final = 8
"""How many containers there are unless somebody says otherwise, however many processors."""


@engines.register("docker")
class Docker:
    """Containers play, each many episodes at once; what is recorded and judged stays in this process."""

    retries: ClassVar[int] = 3

    def parallel(self, options: EngineOptions) -> int:
        """How many episodes at a time keep it busy."""
        return 4 * workers_of(options)

    def check(self, order: Order) -> None:
        """Refuse what no container could play, and say what is missing here."""
        refuse_system_roots(order.scenarios)
        missing = lacking(stage_image(order.engine))
        if missing is not None:
            raise EngineError(f"there is no engine 'docker' here: {missing.message}", hint=missing.hint)
        if leads_to_podman():
            refuse_shells(order.scenarios, "Podman in Docker's place")

    @asynccontextmanager
    async def opened(self, order: Order, folder: RunFolder | None) -> AsyncIterator[Pool]:
        """The containers of one run, which are gone afterwards. Raises EngineError where they cannot be had."""
        try:
            async with _opened(order) as pool:
                yield pool
        except (ContainerError, PlaceLost) as error:
            raise EngineError(f"the engine 'docker' cannot play: {error.message}", hint=error.hint) from None


def stage_image(options: EngineOptions) -> str:
    """The image whose containers play."""
    return options.stage_image or STAGE_IMAGE


def workers_of(options: EngineOptions) -> int:
    """How many containers play."""
    return options.workers or max(1, min(WORKERS_MAX, (os.cpu_count() or 1) // 2))


@asynccontextmanager
async def _opened(order: Order) -> AsyncIterator[Pool]:
    """The pool of a run, and ways to it for agents that are elsewhere."""
    await anyio.to_thread.run_sync(remove_leftovers)
    client = await anyio.to_thread.run_sync(daemon)
    with run_network(client) as network:
        roots = sorted({root for scenario in order.scenarios for root in tree_roots(scenario)})
        containers = StageContainers(client, stage_image(order.engine), network, roots=roots)
        address = await anyio.to_thread.run_sync(_agents_address, order.agent)
        pool = Pool(containers, _dressed(order.agent, address), min(workers_of(order.engine), order.parallel))
        async with pool.opened():
            yield pool


def _agents_address(agent: Agent) -> str:
    """Where on this machine an agent is to be met. Blocks. Raises HarnessError."""
    return address_of(agent) if agent.where == "outside" else LOOPBACK


def _dressed(agent: Agent, address: str) -> Dressed:
    """What makes a place of a container: agents on this machine go there straight, others through a doorway."""

    @asynccontextmanager
    async def straight(container: StageContainer) -> AsyncIterator[RemotePlace]:
        async with RemotePlace(container.admin_url, container.token, agent) as place:
            yield place

    @asynccontextmanager
    async def through_a_doorway(container: StageContainer) -> AsyncIterator[RemotePlace]:
        async with Doorway(address, (container.address, AGENTS_PORT)) as doorway:
            rewrite = _moved(container.agents_url, doorway.url)
            async with RemotePlace(container.admin_url, container.token, agent, rewrite=rewrite) as place:
                yield place

    return straight if address == LOOPBACK else through_a_doorway


def _moved(before: str, after: str) -> Callable[[str], str]:
    return lambda url: after + url.removeprefix(before) if url.startswith(before) else url
