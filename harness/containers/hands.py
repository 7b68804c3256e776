"""Hands: containers without any network in which commands of shells run, beside the container of a stage."""

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sandbox_server.hands.program
from harness.containers.daemon import ContainerError, asked
from harness.containers.run_network import RunNetwork
from harness.containers.walls import Walls, walled
from worlds import host

COUNT: Final = 4
"""How many commands run at a time for one stage."""
USER: Final = "10002:10002"
"""Somebody else than the stage's user, to whom the image's code is closed."""
LINE: Final = "/run/line"
"""Where the volume with the socket is found inside."""
DOOR: Final = f"{LINE}/door"
WALLS: Final = Walls(memory="512m", processes_max=256, temporary="64m")
_SCRATCH: Final = f"rw,nosuid,nodev,exec,mode=1777,size={WALLS.temporary}"
_TREE: Final = "rw,nosuid,nodev,exec,mode=0755,uid=10002,gid=10002,size=256m"
_PROGRAM: Final = Path(sandbox_server.hands.program.__file__)
_VOLUME: Final = {"type": "tmpfs", "device": "tmpfs", "o": "size=64k,uid=10001,gid=10001,mode=0711"}
_FORGETFUL: Final = {"kernel.shmmni": "0", "kernel.msgmni": "0", "fs.mqueue.queues_max": "0"}
"""Nothing outlives a command in the kernel either: there is no shared memory of System V, and there are no queues."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What runs commands for one stage."""

    volume: Any
    containers: Sequence[Any]

    def remove(self) -> None:
        """Remove all of it. Blocks."""
        for container in self.containers:
            with suppress(ContainerError):
                asked(lambda container=container: container.remove(force=True, v=True))  # type: ignore[misc]
        with suppress(ContainerError):
            asked(lambda: self.volume.remove(force=True))


def hands_of(client: Any, image: str, network: RunNetwork, roots: Sequence[str]) -> Hands:
    """Hands for one stage, on their way to its socket; `roots` are the places of the trees that commands work on.

    Blocks. Raises ContainerError; then nothing is left.
    """
    name = f"line-{host.secret()[:12]}"
    volume = asked(
        lambda: client.volumes.create(name, driver="local", driver_opts=dict(_VOLUME), labels=network.labels)
    )
    made: list[Any] = []
    try:
        for _ in range(COUNT):
            made.append(_made(client, image, network, roots, name))
            _start(made[-1])
    except ContainerError:
        Hands(volume, made).remove()
        raise
    return Hands(volume, made)


def _made(client: Any, image: str, network: RunNetwork, roots: Sequence[str], volume: str) -> Any:
    places = {"/tmp": _SCRATCH, **dict.fromkeys(roots, _TREE)}
    options = walled(WALLS) | {"init": False, "tmpfs": places, "stdin_open": True, "sysctls": dict(_FORGETFUL)}
    return asked(
        lambda: client.containers.create(
            image,
            name=f"task-{host.secret()[:12]}",
            user=USER,
            network_mode="none",
            labels=network.labels,
            entrypoint=["python3", "-I", "-S", "-", DOOR],
            volumes={volume: {"bind": LINE, "mode": "ro"}},
            environment={"HOME": "/tmp"},
            working_dir="/tmp",
            **options,
        )
    )


def _start(container: Any) -> None:
    """Start a container and hand it its program, which lies in no image: whoever looks around finds nothing of it."""
    attached = asked(lambda: container.attach_socket(params={"stdin": 1, "stream": 1}))
    line: socket.socket = attached._sock  # the SDK hands out a file, which cannot be closed in one direction
    try:
        asked(container.start)
        asked(lambda: line.sendall(_PROGRAM.read_bytes()))
        asked(lambda: line.shutdown(socket.SHUT_WR))
    finally:
        attached.close()
        line.close()
