"""A Ray cluster for as long as a run needs it: one that runs already, or one of this machine's own."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import IO, Any, Final

import anyio.to_thread
import ray

from harness.clustering.address import FORMS, HERE, place_of
from harness.clustering.habits import has_token
from harness.clustering.here import address_here
from harness.clustering.hush import hushed, unreported
from harness.clustering.link import Link
from harness.clustering.luggage import sent
from harness.engine import EngineError, EngineOptions
from harness.running.order import Order

_HERE: Final = "127.0.0.1"
_REFUSED: Final = b"InvalidAuthToken"
_TOKEN_HINT: Final = "put its token into RAY_AUTH_TOKEN or ~/.ray/auth_token; `ray get-auth-token` prints it there"
_CAUSE_LENGTH_MAX: Final = 300
_STARTS: Final = 3
"""How often a cluster of this machine's own is started until it comes up."""


@asynccontextmanager
async def joined(order: Order) -> AsyncIterator[Link]:
    """A connection to the cluster that the order names, or to one that is started here. Raises EngineError."""
    address = _address(order.engine.address)
    where = await anyio.to_thread.run_sync(_there, address) if address else _own(order.engine)
    with unreported():
        await _begun(address, where)
        link = _link(address)
        try:
            yield link
        finally:
            with hushed():
                ray.shutdown()  # of a cluster that is gone too: without it the process would crash at its end


def _address(given: str | None) -> str | None:
    return address_here() if given == HERE else given


def _link(address: str | None) -> Link:
    """What is looked after: the head of the cluster, or the server there that speaks for it."""
    if address is not None:
        return Link(f"the cluster at {address}", *place_of(address))
    return Link("the cluster of this machine's own", *place_of(ray.get_runtime_context().gcs_address))


async def _begun(address: str | None, where: dict[str, Any]) -> None:
    """Connect; a cluster that is started here gets several chances. Raises EngineError."""
    begin = partial(ray.init, **where, log_to_driver=False, configure_logging=False, logging_level=logging.CRITICAL)
    with hushed() as heard:
        for start in range(1, _STARTS + 1):
            try:
                await anyio.to_thread.run_sync(begin, abandon_on_cancel=True)
                return
            except Exception as error:
                if address is not None or start == _STARTS:
                    raise _not_had(address, error, heard) from None
                ray.shutdown()  # its own bounds are too narrow for a busy machine, and cannot be changed


def cores() -> int:
    """How many cores the cluster has, at least one."""
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return max(1, int(resources.get("CPU", 1)))


def _own(options: EngineOptions) -> dict[str, Any]:
    """A cluster of this machine's own, which ends with the run."""
    return {"address": "local", "num_cpus": options.workers, "include_dashboard": False, "_node_ip_address": _HERE}


def _there(address: str) -> dict[str, Any]:
    """A cluster that runs already, with what its nodes have to be sent. Raises EngineError."""
    return {"address": address, "runtime_env": sent()}


def _not_had(address: str | None, error: Exception, heard: IO[bytes]) -> EngineError:
    """Why there is no cluster, in a line and with what helps."""
    heard.seek(0)
    cause = " ".join(str(error).split())[:_CAUSE_LENGTH_MAX]
    if address is None:
        return EngineError(f"no cluster could be started here: {cause}")
    if _REFUSED in heard.read():
        return EngineError(f"the cluster at {address} asks for another token", hint=_TOKEN_HINT)
    hint = FORMS if has_token() else f"{FORMS}; if it asks for a token, {_TOKEN_HINT}"
    return EngineError(f"the cluster at {address} could not be joined: {cause}", hint=hint)
