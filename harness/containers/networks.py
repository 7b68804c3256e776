"""The networks that agents' containers are on, and where this machine is found on them."""

import functools
import socket
from typing import Final

from harness.containers.program import docker
from harness.isolation import IsolationError

NETWORK_LABEL: Final = "soundstage.network"
"""A label of a network: `open` or `closed`."""


@functools.cache
def network(kind: str) -> str:
    """The id of the network of a kind, `open` or `closed`; made when it is missing, and left for the next run.

    On neither do containers reach each other; from the closed one there is no way beyond this machine.
    Raises IsolationError.
    """
    known = _networks(kind)
    if not known:
        walls = ["--internal"] if kind == "closed" else []
        apart = ["--opt", "com.docker.network.bridge.enable_icc=false"]
        try:
            docker("network", "create", *walls, *apart, "--label", f"{NETWORK_LABEL}={kind}", f"tasks-{kind}")
        except IsolationError:  # somebody else was faster
            if not _networks(kind):
                raise
        known = _networks(kind)
    return known[0]


@functools.cache
def address(kind: str) -> str:
    """The address of this machine on a network. Raises IsolationError where nobody here can listen at it."""
    told = docker("network", "inspect", "--format", "{{range .IPAM.Config}}{{.Gateway}} {{end}}", network(kind))
    found = next(iter(told.split()), "")
    try:
        with socket.create_server((found, 0)):
            return found
    except OSError as error:
        raise IsolationError(
            f"containers cannot reach this process: it cannot listen at {found or 'their network'} ({error.strerror})",
            hint="Docker's daemon must run on this machine, as root, and not in a virtual machine of its own",
        ) from None


def _networks(kind: str) -> list[str]:
    return sorted(docker("network", "ls", "--quiet", "--filter", f"label={NETWORK_LABEL}={kind}").split())
