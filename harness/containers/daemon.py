"""Docker's daemon, asked by its SDK: an extra, loaded when it is first needed."""

import functools
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final, TypeVar

from harness.containers.daemon_kind import is_rootless
from harness.containers.program import ANSWER_SECONDS_MAX, PROGRAM, docker
from harness.errors import HarnessError
from harness.isolation import IsolationError
from worlds import host

EXTRA: Final = 'pip install "soundstage[docker]"'
_CONNECTIONS_MAX: Final = 64
_Answer = TypeVar("_Answer")


class ContainerError(HarnessError):
    """A container, or what belongs to one, that Docker does not give."""

    code = "container"


def lacking(image: str) -> ContainerError | None:
    """What is missing here to keep containers of an image; None when nothing is."""
    if not sys.platform.startswith("linux"):
        return ContainerError("it needs Linux, because containers are reached by their addresses")
    if find_spec("docker") is None:
        return ContainerError("it needs the Docker SDK, which is not installed", hint=EXTRA)
    if shutil.which(PROGRAM) is None:
        return ContainerError("it needs Docker (the program docker), which is not installed")
    try:
        docker("version", "--format", "{{.Server.Version}}")
    except IsolationError as error:
        return ContainerError(f"Docker's daemon cannot be asked: {error.message.removeprefix('docker version: ')}")
    try:
        docker("image", "inspect", "--format", "{{.Id}}", image)
    except IsolationError:
        build = f"docker build --target stage -t {image} FOLDER-OF-SOUNDSTAGE"
        return ContainerError(f"there is no image {image!r} on this machine", hint=f"docker pull {image}, or {build}")
    if is_rootless():
        return ContainerError(
            "containers cannot be reached by their addresses, because the daemon runs without root",
            hint="let Docker's daemon, or Podman's service, run as root, and name it by DOCKER_HOST",
        )
    return None


@functools.cache
def daemon() -> Any:
    """A `docker.DockerClient` of the daemon that the program docker means. Raises ContainerError."""
    try:
        from docker import DockerClient
    except ImportError:
        raise ContainerError("it needs the Docker SDK, which is not installed", hint=EXTRA) from None
    return asked(
        lambda: DockerClient(
            base_url=_place(), version="auto", timeout=int(ANSWER_SECONDS_MAX), max_pool_size=_CONNECTIONS_MAX
        )
    )


def asked(question: Callable[[], _Answer]) -> _Answer:
    """What the daemon answers. Raises ContainerError with its words, also when nobody answers."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException  # what the SDK lets through when a connection breaks

    try:
        return question()
    except (DockerException, RequestException, OSError) as error:
        told = getattr(error, "explanation", None) or str(error)
        raise ContainerError(f"Docker: {told}") from None


def _place() -> str | None:
    """Where the daemon listens: as the environment says, or the present context; None: where it usually does."""
    told = host.environment().get("DOCKER_HOST")
    if told:
        return told
    try:
        return docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}") or None
    except IsolationError:
        return None
