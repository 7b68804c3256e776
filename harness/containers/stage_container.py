"""A container with an empty stage: made behind walls, started, asked whether it is well, and removed."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
import anyio.to_thread
import httpx2

from harness.containers.daemon import ContainerError, asked
from harness.containers.hands import COUNT, DOOR, LINE, Hands, hands_of
from harness.containers.run_network import RunNetwork
from harness.containers.walls import Walls, walled
from harness.engine import EngineError
from harness.remote.fitting import refuse_other_code
from worlds import host

AGENTS_PORT: Final = 8080
ADMIN_PORT: Final = 8081
"""The ports at which the image's stage listens."""
USER: Final = "10001:10001"
START_SECONDS_MAX: Final = 60.0
PROBE_SECONDS_MAX: Final = 3.0
_PROBES: Final = 2
_PAUSE_SECONDS: Final = 0.05
_LOG_LINES: Final = 5
_WAIT_SECONDS: Final = 60
_RUNNING: Final = ("created", "running", "restarting", "paused")


@dataclass(frozen=True, slots=True)
class StageContainers:
    """What all containers of a run have in common."""

    client: Any
    image: str
    network: RunNetwork
    walls: Walls = field(default_factory=Walls)
    roots: Sequence[str] = ()
    """The places of the trees on which commands of shells work; none: no commands are run."""

    async def started(self) -> "StageContainer":
        """A new container whose stage answers. Raises ContainerError; then nothing is left of it."""
        token, hands, made = host.secret(), None, None
        try:
            if self.roots:
                hands = await anyio.to_thread.run_sync(hands_of, self.client, self.image, self.network, self.roots)
            made = await anyio.to_thread.run_sync(self._made, token, hands)
            address = await anyio.to_thread.run_sync(_start, made, self.network.name)
            container = StageContainer(made, address, token, hands)
            await container.answering()
            await self._refuse_other_code(container)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_remove, made, hands)
            raise
        return container

    async def _refuse_other_code(self, container: "StageContainer") -> None:
        """Raises ContainerError for an image of another version or other code than this."""
        told = await container.version()
        build = f"docker build --target stage -t {self.image} FOLDER-OF-SOUNDSTAGE"
        hint = f"build it anew: {build}; or name another one by --stage-image"
        try:
            await anyio.to_thread.run_sync(refuse_other_code, told, f"the image {self.image}", hint)
        except EngineError as error:
            raise ContainerError(error.message, hint=error.hint) from None

    def _made(self, token: str, hands: Hands | None) -> Any:
        volumes = {hands.volume.name: {"bind": LINE, "mode": "rw"}} if hands else {}
        return asked(
            lambda: self.client.containers.create(
                self.image,
                name=f"task-{host.secret()[:12]}",
                user=USER,
                network=self.network.name,
                labels=self.network.labels,
                environment=self._variables(token, hands),
                volumes=volumes,
                **walled(self.walls),
            )
        )

    def _variables(self, token: str, hands: Hands | None) -> Mapping[str, str]:
        """Both listeners are on the run's network: agents in containers are on another one."""
        own = {"HOST": self.network.subnet, "ADMIN_HOST": self.network.subnet, "ADMIN_TOKEN": token}
        return {**own, "HANDS": DOOR, "HANDS_COUNT": str(COUNT)} if hands else own


@dataclass(frozen=True, slots=True)
class StageContainer:
    """A container whose stage has started."""

    container: Any
    """As the SDK knows it."""
    address: str
    token: str = field(repr=False)
    hands: Hands | None = None
    """What runs commands for it."""

    @property
    def admin_url(self) -> str:
        """Where its owner directs it."""
        return f"http://{self.address}:{ADMIN_PORT}"

    @property
    def agents_url(self) -> str:
        """Where agents on this machine reach it."""
        return f"http://{self.address}:{AGENTS_PORT}"

    async def answering(self) -> None:
        """Wait until it answers. Raises ContainerError when it has ended or takes too long."""
        with anyio.move_on_after(START_SECONDS_MAX):
            while not await self._answers(_PAUSE_SECONDS * 20):
                why = await anyio.to_thread.run_sync(_why_ended, self.container)
                if why is not None:
                    raise ContainerError(f"a stage's container ended: {why}")
                await anyio.sleep(_PAUSE_SECONDS)
            return
        raise ContainerError(
            f"a stage's container did not answer at {self.address} within {START_SECONDS_MAX:g} seconds",
            hint="Docker's daemon must run on this machine, and not in a virtual machine of its own",
        )

    async def is_well(self) -> bool:
        """Whether it answers; asked twice, because a machine may be busy, unless Docker says that it has ended."""
        for _ in range(_PROBES):
            with anyio.move_on_after(PROBE_SECONDS_MAX):
                if await anyio.to_thread.run_sync(_has_ended, self.container, abandon_on_cancel=True):
                    return False
            if await self._answers(PROBE_SECONDS_MAX):
                return True
        return False

    async def has_ended(self) -> bool:
        """Wait until it has ended, as far as Docker says so while it is asked: True; False when it says nothing."""
        return await anyio.to_thread.run_sync(_waited_for, self.container, abandon_on_cancel=True)

    async def remove(self) -> None:
        """Remove it, whatever runs in it; where nobody answers, that is left for later."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_remove, self.container, self.hands)

    async def version(self) -> Mapping[str, Any]:
        """What it says of its version. Raises ContainerError."""
        try:
            async with self._asking(START_SECONDS_MAX) as client:
                told: dict[str, Any] = (await client.get("version")).raise_for_status().json()
        except (httpx2.HTTPError, OSError, ValueError) as error:
            raise ContainerError(f"a stage's container does not say its version: {error}") from None
        return told

    async def _answers(self, seconds: float) -> bool:
        try:
            async with self._asking(seconds) as client:
                return (await client.get("health")).status_code == 200
        except (httpx2.HTTPError, OSError):
            return False

    def _asking(self, seconds: float) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.admin_url}/admin/v1/"
        return httpx2.AsyncClient(base_url=url, timeout=seconds, trust_env=False, headers=headers)


def _remove(container: Any, hands: Hands | None) -> None:
    """Remove a container with its volumes, and its hands. Blocks."""
    if container is not None:
        with suppress(ContainerError):
            asked(lambda: container.remove(force=True, v=True))
    if hands is not None:
        hands.remove()


def _start(container: Any, network: str) -> str:
    """Start a container; its address. Blocks. Raises ContainerError."""
    asked(container.start)
    asked(container.reload)
    return str(container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"])


def _waited_for(container: Any) -> bool:
    """Wait for a container's end for a while. Blocks."""
    try:
        asked(lambda: container.wait(timeout=_WAIT_SECONDS))
    except ContainerError:
        return False
    return True


def _has_ended(container: Any) -> bool:
    """Whether Docker says that a container runs no more. Blocks."""
    try:
        asked(container.reload)
    except ContainerError as error:
        return "No such container" in error.message
    return container.status not in _RUNNING


def _why_ended(container: Any) -> str | None:
    """What a container said last, once it has ended; None while it runs. Blocks. Raises ContainerError."""
    asked(container.reload)
    if container.status in _RUNNING:
        return None
    said = asked(lambda: container.logs(tail=_LOG_LINES)).decode("utf-8", "replace").strip()
    return said or f"status {container.attrs['State']['ExitCode']}"
