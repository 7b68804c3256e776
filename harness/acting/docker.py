"""The program `docker`: what it is asked for, the networks that agents' containers are on, and what earlier runs left.

The program is used rather than its API: it knows the user's contexts and settings, and it is a process that a keeper
can hold to the life of a run.
"""

import functools
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

from harness.isolation import IsolationError

PROGRAM: Final = "docker"
OWNER_LABEL: Final = "soundstage.owner"
"""A label of a container: the process that it belongs to. Labels are not seen from inside, names are."""
NETWORK_LABEL: Final = "soundstage.network"
"""A label of a network: `open` or `closed`."""
ANSWER_SECONDS_MAX: Final = 60.0
_START_FIELD: Final = 19
"""Where `/proc/PID/stat` tells when a process started, counted behind its name."""


def docker(*words: str) -> str:
    """What the program answers. Raises IsolationError with its words when it fails."""
    try:
        asked = subprocess.run(
            [PROGRAM, *words], capture_output=True, text=True, timeout=ANSWER_SECONDS_MAX, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise IsolationError(f"docker does not answer: {error}") from None
    if asked.returncode != 0:
        raise IsolationError(f"docker {words[0]}: {asked.stderr.strip().rpartition(chr(10))[2]}")
    return asked.stdout.strip()


def missing(image: str) -> str | None:
    """What is missing here to run containers of an image, and how to get it; None when nothing is."""
    if not sys.platform.startswith("linux"):
        return "it needs Linux"
    if shutil.which(PROGRAM) is None:
        return "it needs Docker (the program docker), which is not installed"
    try:
        docker("version", "--format", "{{.Server.Version}}")
    except IsolationError as error:
        return f"Docker's daemon cannot be asked: {error.message.removeprefix('docker version: ')}"
    if not image:
        return "it needs an image with what the agent needs: --image NAME"
    try:
        docker("image", "inspect", "--format", "{{.Id}}", image)
    except IsolationError:
        return f"there is no image {image!r} on this machine: docker pull {image}, or docker build -t {image} FOLDER"
    return None


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


def owner() -> str:
    """What tells this process from all others: this start of the machine, who can be seen from here, and itself."""
    return "/".join((*_surroundings(), str(os.getpid()), _started(os.getpid())))


@functools.cache
def remove_leftovers() -> None:
    """Remove the containers of processes that are no more, once. Raises IsolationError."""
    shown = f'{{{{.ID}}}} {{{{.Label "{OWNER_LABEL}"}}}}'
    told = docker("ps", "--all", "--filter", f"label={OWNER_LABEL}", "--format", shown)
    ownerless = [line.split()[0] for line in told.splitlines() if _is_gone(line.partition(" ")[2])]
    if ownerless:
        docker("rm", "--force", "--volumes", *ownerless)


def _networks(kind: str) -> list[str]:
    return sorted(docker("network", "ls", "--quiet", "--filter", f"label={NETWORK_LABEL}={kind}").split())


def _is_gone(told: str) -> bool:
    """Whether an owner is no more; one that cannot be seen from here is not known to be."""
    boot, seen, pid, started = [*told.split("/"), "", "", "", ""][:4]
    if boot != _surroundings()[0]:
        return True
    return seen == _surroundings()[1] and _started(pid) != started


@functools.cache
def _surroundings() -> tuple[str, str]:
    """This start of this machine, and the name of the set of processes that can be seen from here."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return boot, str(Path("/proc/self/ns/pid").readlink())


def _started(pid: int | str) -> str:
    """When a process started, in ticks; empty when there is none, or only what is left of it."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if words[0] == "Z" else words[_START_FIELD]
