"""Which address of this machine is meant by a network: containers learn theirs only once they run."""

import ipaddress
import socket

from sandbox_server.errors import Conflict


def own_address(place: str) -> str:
    """An address or name as it is; for a network (`10.1.0.0/16`) this machine's address in it. Raises Conflict."""
    if "/" not in place:
        return place
    try:
        network = ipaddress.ip_network(place)
    except ValueError:
        raise Conflict(f"{place!r} is no network", hint="write it as 172.30.0.0/24, or give an address") from None
    found = _leaving_for(network)
    if found is None or ipaddress.ip_address(found) not in network:
        raise Conflict(f"this machine has no address in {place}", hint="attach it to that network, or name another")
    return found


def _leaving_for(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str | None:
    """The address that would be sent from; aiming a datagram sends nothing."""
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as aiming:
        try:
            aiming.connect((str(network[min(1, network.num_addresses - 1)]), 9))
        except OSError:
            return None
        return str(aiming.getsockname()[0])
