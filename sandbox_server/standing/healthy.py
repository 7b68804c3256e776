"""Whether a stage with certain settings answers on both of its listeners, asked from beside it without any token."""

import http.client
from typing import Final

from sandbox_server.errors import StageError
from sandbox_server.standing.addresses import own_address
from sandbox_server.standing.settings import Settings

WAIT_S: Final = 3.0
_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
_STRANGERS: Final = {"/": (404,), "/admin/v1/health": (401,)}
"""What those without a token are told, by path: it takes a working server to say it."""


def is_healthy(settings: Settings) -> bool:
    """Ask both listeners."""
    places = [(settings.host, settings.port, "/"), (settings.admin_host, settings.admin_port, "/admin/v1/health")]
    return all(_answers(*place) for place in places)


def _answers(place: str, port: int, path: str) -> bool:
    try:
        address = own_address(place)
        connection = http.client.HTTPConnection(_WILDCARDS.get(address, address), port, timeout=WAIT_S)
        connection.request("GET", path)
        return connection.getresponse().status in _STRANGERS[path]
    except (OSError, http.client.HTTPException, StageError):
        return False
