"""The network of one run's stages: this machine reaches them there, they reach nothing and not each other."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from harness.containers.daemon import ContainerError, asked
from harness.containers.ownership import OWNER_LABEL, owner
from worlds import host

RUN_LABEL: Final = "soundstage.run"
"""A label of all that belongs to one run: its network's name."""
_APART: Final = {"com.docker.network.bridge.enable_icc": "false"}


@dataclass(frozen=True, slots=True)
class RunNetwork:
    """A network without a way out."""

    name: str
    subnet: str
    """Its addresses, as `172.30.0.0/16`."""

    @property
    def labels(self) -> dict[str, str]:
        """What everything on it is labelled with."""
        return {OWNER_LABEL: owner(), RUN_LABEL: self.name}


@contextmanager
def run_network(client: Any) -> Iterator[RunNetwork]:
    """A network for one run, removed afterwards with every container of the run. Raises ContainerError."""
    name = f"tasks-{host.secret()[:12]}"
    labels = {OWNER_LABEL: owner(), RUN_LABEL: name}
    made = asked(lambda: client.networks.create(name, driver="bridge", internal=True, options=_APART, labels=labels))
    try:
        asked(made.reload)
        yield RunNetwork(name, str(made.attrs["IPAM"]["Config"][0]["Subnet"]))
    finally:
        with suppress(ContainerError):  # what is left is found by its label when the next run begins
            remove_all(client, name)
            asked(made.remove)


def remove_all(client: Any, run: str) -> None:
    """Remove every container of a run. Raises ContainerError."""
    filters = {"label": f"{RUN_LABEL}={run}"}
    for left in asked(lambda: client.containers.list(all=True, filters=filters, ignore_removed=True)):
        with suppress(ContainerError):
            asked(lambda left=left: left.remove(force=True, v=True))  # type: ignore[misc]
