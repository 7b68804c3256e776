"""Podman in Docker's place, and daemons without root: known, so that what they cannot do is refused early."""

from contextlib import suppress

from harness.containers.program import docker
from harness.isolation import IsolationError


def leads_to_podman() -> bool:
    """Whether the program docker is Podman, or asks Podman's service. Raises IsolationError when nobody answers."""
    served = docker("version", "--format", "{{json .Server}}")
    return "Podman" in served or served == "null"  # Podman's own program knows no server


def is_rootless() -> bool:
    """Whether the daemon says that it runs without root: then its networks are not this machine's."""
    with suppress(IsolationError):  # Podman's own program tells it otherwise
        return "name=rootless" in docker("info", "--format", "{{json .SecurityOptions}}")
    return False
