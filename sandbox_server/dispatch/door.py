"""What is looked at before a request's body: Host, Origin, Content-Type and Accept, each in its SDK's words.

Clients send the same few combinations over and over, so verdicts are remembered by the raw header values.
"""

from collections.abc import Iterable
from typing import Final, Literal

from sandbox_server.arrival import Arrival
from sandbox_server.manner import Manner, Reason

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_REMEMBERED_MAX: Final = 1_024
Answers = Literal["json", "sse"]
"""How the surface answers."""
Fields = tuple[bytes | None, bytes | None, bytes | None, bytes | None]


class Door:
    """Which hosts and origins are let in, for all servers of one listener."""

    def __init__(self, hosts: Iterable[str] | None = LOOPBACK) -> None:
        """`hosts` are names or addresses without a port (IPv6 in brackets); None lets every host and origin in."""
        self.hosts = None if hosts is None else frozenset(host.lower() for host in hosts)
        self._judged: dict[tuple[int, Answers, Fields], Reason | None] = {}

    def judge(self, manner: Manner, answers: Answers, arrival: Arrival) -> Reason | None:
        """Why a POST is refused before its body is read, or None."""
        head = arrival.head
        known = head.judged
        if known is None or known[0] is not self or known[1] is not manner or known[2] != answers:
            known = head.judged = self, manner, answers, self._remembered(manner, answers, arrival)
        verdict: Reason | None = known[3]
        return verdict

    def _remembered(self, manner: Manner, answers: Answers, arrival: Arrival) -> Reason | None:
        get = arrival.fields.get
        key = (id(manner), answers, (get(b"host"), get(b"origin"), get(b"content-type"), get(b"accept")))
        try:
            return self._judged[key]
        except KeyError:
            if len(self._judged) >= _REMEMBERED_MAX:
                self._judged.clear()
            verdict = self._judged[key] = self._judge(manner, answers, arrival)
            return verdict

    def stranger(self, arrival: Arrival) -> Reason | None:
        """Whether host or origin are not let in."""
        if not self._knows_host(arrival.header(b"host")):
            return "host"
        return None if self._knows_origin(arrival.header(b"origin")) else "origin"

    def _judge(self, manner: Manner, answers: Answers, arrival: Arrival) -> Reason | None:
        for check in manner.checks:
            if check == "content_type" and not manner.is_json(arrival.header(b"content-type") or ""):
                return "content_type"
            if check == "host" and not self._knows_host(arrival.header(b"host")):
                return "host"
            if check == "origin" and not self._knows_origin(arrival.header(b"origin")):
                return "origin"
            if check == "accept" and (reason := _unacceptable(manner, answers, arrival)):
                return reason
        return None

    def _knows_host(self, host: str | None) -> bool:
        return self.hosts is None or (host is not None and _name(host) in self.hosts)

    def _knows_origin(self, origin: str | None) -> bool:
        if self.hosts is None or not origin:
            return True
        scheme, separator, host = origin.partition("://")
        return bool(separator) and scheme in ("http", "https") and _name(host) in self.hosts


def _unacceptable(manner: Manner, answers: Answers, arrival: Arrival) -> Reason | None:
    json, stream = manner.accepts(arrival.header(b"accept") or "")
    if answers == "json" and not manner.strict_accept:
        return None if json else "accept_json"
    return None if json and stream else "accept"


def _name(host: str) -> str:
    """The host without its port; an IPv6 address keeps its brackets."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()
