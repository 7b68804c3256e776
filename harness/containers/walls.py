"""What every container that is kept here is denied, and how much it may use; in the words of API 1.41."""

import os
from dataclasses import dataclass
from typing import Any, Final

NOWHERE: Final = "127.0.0.1"
"""A name server that nobody runs: where nothing is to be reached, names lead nowhere either."""
HOSTNAME: Final = "host"
CPUS_MAX: Final = 2.0
_NANO: Final = 1_000_000_000
_LOG: Final = {"max-size": "1m", "max-file": "1"}


@dataclass(frozen=True, slots=True)
class Walls:
    """How much a container may use."""

    memory: str = "2g"
    """All that it holds in memory, temporary files included; there is no swap beyond it."""
    processes_max: int = 512
    temporary: str = "256m"
    """The size of its only writable folder, `/tmp`, which lies in memory."""


def cpus() -> float:
    """How many processors a container may use: Docker takes no more than there are."""
    return min(CPUS_MAX, float(os.cpu_count() or 1))


def walled(walls: Walls) -> dict[str, Any]:
    """Options for the SDK's `containers.create`: nothing can be written, gained or used up beyond the walls.

    Docker's own filter of system calls applies, because nothing here replaces it.
    """
    from docker.types import LogConfig, Ulimit

    return {
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "hostname": HOSTNAME,
        "init": True,
        "mem_limit": walls.memory,
        "memswap_limit": walls.memory,
        "nano_cpus": int(cpus() * _NANO),
        "pids_limit": walls.processes_max,
        "oom_score_adj": 500,
        "tmpfs": {"/tmp": f"rw,nosuid,nodev,noexec,mode=1777,size={walls.temporary}"},
        "ulimits": [Ulimit(name="core", soft=0, hard=0)],
        "healthcheck": {"test": ["NONE"]},  # whoever keeps it looks after it
        "log_config": LogConfig(type="json-file", config=_LOG),
        "dns": [NOWHERE],
        "dns_opt": ["timeout:1", "attempts:1"],
    }
