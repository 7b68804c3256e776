"""The cluster that runs on this machine, where a person names none.

The library would take the address that the last `ray start` left behind, whether or not anything still listens there,
and any other that it comes across.
"""

from typing import Final

from ray._private.services import find_gcs_addresses
from ray._private.utils import read_ray_address

from harness.clustering.address import HERE, refuse_address
from harness.engine import EngineError
from worlds import host

_VARIABLE: Final = "RAY_ADDRESS"


def address_here() -> str:
    """The address of it: the one that the environment names, else the last one started, else the only one.

    Raises EngineError where there is none, or where it is anybody's guess.
    """
    named = host.environment().get(_VARIABLE, "")
    address = _address_started(read_ray_address(), _running()) if named in ("", HERE) else named
    refuse_address(address)
    return address


def _running() -> set[str]:
    addresses: set[str] = find_gcs_addresses()  # type: ignore[no-untyped-call]
    return addresses


def _address_started(last: str | None, running: set[str]) -> str:
    if last in running:
        return str(last)
    if not running:
        raise EngineError("no cluster runs on this machine", hint="ray start --head starts one; --address HOST:PORT")
    if len(running) > 1:
        raise EngineError(
            f"several clusters run on this machine: {', '.join(sorted(running))}", hint="name one with --address"
        )
    return next(iter(running))
