"""Where a cluster is: the forms in which a person says it, and whether anything answers there."""

import re
import socket
from typing import Final, NamedTuple

from harness.engine import EngineError

HERE: Final = "auto"
FORMS: Final = "HOST:PORT from a machine of the cluster, ray://HOST:PORT from any other, auto for the one running here"
_FORM: Final = re.compile(r"(?P<client>ray://)?(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]]+):(?P<port>\d{1,5})")
_PORT_END: Final = 65_536
_ANSWER_SECONDS_MAX: Final = 10.0


class Place(NamedTuple):
    """Where something listens."""

    host: str
    port: int


def refuse_address(address: str) -> None:
    """Refuse what cannot be an address, and one at which nothing listens. Raises EngineError.

    The library itself would take minutes to find out.
    """
    try:
        socket.create_connection(place_of(address), _ANSWER_SECONDS_MAX).close()
    except OSError as error:
        raise EngineError(f"no cluster answers at {address}: {error}", hint=FORMS) from None


def place_of(address: str) -> Place:
    """The host and the port that an address names. Raises EngineError."""
    found = _FORM.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < _PORT_END:
        raise EngineError(f"--address {address} is not the address of a cluster", hint=FORMS)
    return Place(found["host"].strip("[]"), int(found["port"]))
