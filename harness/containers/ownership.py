"""Whose a container or a network is, told by a label, and what to do with what belongs to nobody any more."""

import functools
import os
from pathlib import Path
from typing import Final

from harness.containers.program import docker
from harness.isolation import IsolationError

OWNER_LABEL: Final = "soundstage.owner"
"""A label: the process that something belongs to. Labels are not seen from inside, names are."""
_START_FIELD: Final = 19
"""Where `/proc/PID/stat` tells when a process started, counted behind its name."""
_BUSY: Final = ("has active endpoints", "volume is in use", "removal in progress", "No such", "not found")


def owner() -> str:
    """What tells this process from all others: this start of the machine, who can be seen from here, and itself."""
    return "/".join((*_surroundings(), str(os.getpid()), _started(os.getpid())))


@functools.cache
def remove_leftovers() -> None:
    """Remove containers, networks and volumes of processes that are no more, once. Raises IsolationError."""
    _removed(("ps", "--all"), "ID", ("rm", "--force", "--volumes"))
    _removed(("network", "ls"), "ID", ("network", "rm"))
    _removed(("volume", "ls"), "Name", ("volume", "rm", "--force"))


def _removed(listing: tuple[str, ...], name: str, removal: tuple[str, ...]) -> None:
    """Remove what a listing shows of owners that are gone; others may be doing the same at this moment."""
    shown = f'{{{{.{name}}}}} {{{{.Label "{OWNER_LABEL}"}}}}'
    told = docker(*listing, "--filter", f"label={OWNER_LABEL}", "--format", shown)
    for line in told.splitlines():
        found, _, told_owner = line.partition(" ")
        if _is_gone(told_owner):
            _remove(*removal, found)


def _remove(*words: str) -> None:
    try:
        docker(*words)
    except IsolationError as error:
        if not any(reason in error.message for reason in _BUSY):
            raise


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
