"""The straight way of the usual request: a sound `tools/call` with the usual headers, checked in a few comparisons.

It refuses nothing. Whatever is unusual is left untouched to the general way, which knows every rung and every word;
both walk the same path and show answers with the same functions.
"""

from typing import Any, Final, NamedTuple

from fault_injection.delivery import Delivery
from sandbox_server.arrival import UNREAD, Arrival, Head
from sandbox_server.call import Call
from sandbox_server.connection import Connection, Message
from sandbox_server.dispatch import handshake, modern
from sandbox_server.dispatch.door import Door
from sandbox_server.dispatch.messages import Unparsable, read
from sandbox_server.dispatch.methods import called, counted
from sandbox_server.dispatch.modern import CAPABILITIES_KEY, VERSION_KEY
from sandbox_server.path import Outcome
from sandbox_server.surface import HANDSHAKE_VERSIONS, MODERN_VERSION, Surface

_CALL: Final = "tools/call"
_IDS: Final = (int, str)
_MODERN: Final = MODERN_VERSION.encode()
_HANDSHAKE: Final = {version.encode(): version for version in HANDSHAKE_VERSIONS}


class _Usual(NamedTuple):
    """What the headers of a usual call say."""

    version: str
    name: bytes = b""
    """The tool, at 2026-07-28."""
    session: str = ""
    """The session, in the handshake era."""


def straight(door: Door, arrival: Arrival, url: Connection) -> tuple[Connection, Call] | None:
    """A usual call and the line that it came on; None, and nothing done, when it is not one."""
    head = arrival.head
    usual: _Usual | None = head.usual
    if usual is UNREAD:
        usual = head.usual = _usual(head)
    if usual is None or arrival.verb != "POST" or arrival.cut_at:
        return None
    surface = url.server.surface
    if door.judge(surface.manner, surface.answers, arrival):
        return None
    if usual.version == MODERN_VERSION:
        call = _modern(arrival, url, usual.name)
        return None if call is None else (url, call)
    line = _session(usual, url, surface)
    call = None if line is None else _asked(arrival, line)
    return None if line is None or call is None else (line, call)


def shown(arrival: Arrival, line: Connection, call: Call, outcome: Outcome) -> Delivery:
    """The delivery of what a usual call came to."""
    if call.era == "modern":
        return modern.shown(arrival, line, call.request_id, outcome)
    return handshake.shown(arrival, line, call.request_id, outcome)


def _usual(head: Head) -> _Usual | None:
    """What the headers of a call say, if they are the usual ones and none came twice."""
    fields = head.fields
    if len(fields) != len(head.pairs):
        return None
    version = fields.get(b"mcp-protocol-version", b"")
    if version == _MODERN:
        name = fields.get(b"mcp-name")
        sound = name is not None and fields.get(b"mcp-method") == _CALL.encode()
        return _Usual(MODERN_VERSION, name=name or b"") if sound else None
    session = fields.get(b"mcp-session-id")
    if not session or version not in _HANDSHAKE:
        return None
    return _Usual(_HANDSHAKE[version], session=session.decode("latin-1"))


def _modern(arrival: Arrival, url: Connection, named: bytes) -> Call | None:
    """The call in a self-contained request whose headers and envelope agree with its body."""
    message = _message(arrival)
    if message is None:
        return None
    params = message["params"]
    meta, name = params.get("_meta"), params.get("name")
    if type(meta) is not dict or meta.get(VERSION_KEY) != MODERN_VERSION or CAPABILITIES_KEY not in meta:
        return None
    if type(name) is not str or named != name.encode(errors="replace"):
        return None
    return counted(url, message["id"], params, "modern", MODERN_VERSION)


def _asked(arrival: Arrival, line: Connection) -> Call | None:
    """The call in a request of a session."""
    message = _message(arrival)
    return None if message is None else called(line, message, "handshake", line.version or "")


def _session(usual: _Usual, url: Connection, surface: Surface) -> Connection | None:
    """The session that a request names, once hands were shaken in it."""
    line = url.episode.sessions.find(usual.session, url)
    if line is None or line.version is None:
        return None
    return line if usual.version in surface.handshake_versions else None


def _message(arrival: Arrival) -> Message | None:
    """The `tools/call` in a body, if it is sound."""
    try:
        message: Any = read(arrival)
    except Unparsable:
        return None
    if type(message) is not dict:
        return None
    get = message.get
    if get("method") != _CALL or get("jsonrpc") != "2.0" or type(get("params")) is not dict:
        return None
    return message if type(get("id")) in _IDS else None
